import type { RequestExecutor } from '@okta/okta-sdk-nodejs'
import { toTokenError } from './errors.ts'

/** What the SDK hands to its executor for one request. */
type SdkRequest = {
  url: string
  method: string
  headers: Record<string, string>
  body?: string
  signal?: AbortSignal
}

/**
 * Makes the SDK's executor send through the hub's `fetch`, so that the hub's time limits hold, and without the SDK's
 * retries, because the schedule decides about retries. A refusal of the token endpoint is thrown here, because the SDK
 * would ignore it (see `toTokenError`).
 */
export function routeThroughFetch(executor: RequestExecutor, fetch: typeof globalThis.fetch): RequestExecutor {
  let pending: Promise<TokenAnswer> | null = null
  executor.fetch = async (request: SdkRequest) => {
    if (!new URL(request.url).pathname.endsWith('/oauth2/v1/token')) return send(fetch, request)
    // Calls that start together each ask for a token; one answer serves them all.
    pending ??= askForToken(fetch, request).finally(() => {
      pending = null
    })
    const { text, ...init } = await pending
    return new Response(text, init)
  }
  return executor
}

type TokenAnswer = { text: string; status: number; headers: Headers }

async function askForToken(fetch: typeof globalThis.fetch, request: SdkRequest): Promise<TokenAnswer> {
  const response = await send(fetch, request)
  const { status, headers } = response
  const text = await response.text()
  const body = parseJson(text)
  // With DPoP on, the first answer is a 400 with a nonce, and the SDK handles it.
  if (body?.error === 'use_dpop_nonce') return { text, status, headers }
  if (status < 200 || status > 299 || typeof body?.access_token !== 'string') {
    throw toTokenError({ status, headers, body })
  }
  return { text, status, headers }
}

function send(fetch: typeof globalThis.fetch, { url, method, headers, body, signal }: SdkRequest): Promise<Response> {
  return fetch(url, {
    method: method.toUpperCase(),
    headers,
    // A redirect could send the credential to another host.
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
