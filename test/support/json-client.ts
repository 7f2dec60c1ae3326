import type { OpenApiContract } from './openapi.ts'

export type JsonAnswer = { status: number; headers: Headers; body: unknown }

export type JsonClient = ((method: string, path: string, body?: unknown) => Promise<JsonAnswer>) & {
  /** The operations of the contract that were called and answered with a 2xx. */
  covered: Set<string>
}

/**
 * A client for one tenant; with a contract, an answer that breaks it fails the test that asked.
 */
export function createJsonClient(options: {
  url: string
  headers?: Record<string, string>
  contract?: OpenApiContract
}): JsonClient {
  const covered = new Set<string>()
  const call = async (method: string, path: string, body?: unknown): Promise<JsonAnswer> => {
    const response = await fetch(`${options.url}${path}`, {
      method,
      headers: { ...options.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    const problems = options.contract?.problems({ method, path, ...answer }) ?? []
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${text}`)
    const operation = options.contract?.operationOf({ method, path })
    if (operation && response.ok) covered.add(operation)
    return answer
  }
  return Object.assign(call, { covered })
}
