import { AddressRefusedError, saysOf } from '../core/errors.ts'
import { noHttp, type Received, type Send, SendError, tooLong } from './send.ts'

/** Makes what sends calls on every runtime that has `fetch`. `via`: the `fetch` of a guard; left out: the runtime's. */
export function makeSendByFetch(via: typeof fetch = (input, init) => fetch(input, init)): Send {
  return async ({ method, url, headers, body }, { signal, mostBytes }) => {
    try {
      const sent = { method, headers, signal, ...(body === undefined ? {} : { body }) }
      // By `manual` the answer is the redirect itself; workerd knows no `error`.
      const answer = await via(url, { ...sent, redirect: 'manual' })
      const { status } = answer
      return { status, headers: readHeaders(answer.headers), text: await readText(answer.body, mostBytes) }
    } catch (thrown) {
      throw explainFailure(thrown, signal)
    }
  }
}

/** Headers list each `set-cookie` by itself. */
function readHeaders(headers: Headers): Received['headers'] {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 ? { 'set-cookie': cookies.join(',') } : {}) }
}

async function readText(body: Response['body'], mostBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  // Leaving the loop by an error cancels the body, and so ends the call.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new SendError(tooLong)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function explainFailure(thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof SendError) return thrown
  // What is thrown then is whatever the signal was given.
  if (signal.aborted) return new SendError('ERR_ABORTED', { cause: thrown })
  if (!(thrown instanceof Error)) return thrown
  // Node's fetch throws "fetch failed" or "terminated" for everything, and the reason is its cause.
  const reason = thrown.cause instanceof Error ? thrown.cause : thrown
  return reason instanceof AddressRefusedError ? reason : new SendError(readCode(reason), { cause: reason })
}

/** What the runtimes say in words alone. */
const codes: readonly [RegExp, string][] = [
  // workerd says so of a refused connection too.
  [/other side closed|network connection lost/i, 'ECONNRESET'],
  [/connect timeout/i, 'ETIMEDOUT'],
  [/decompression failed/i, 'Z_DATA_ERROR'],
  [/invalid header value/i, 'ERR_INVALID_CHAR'],
  [/does not match the HTTP/, noHttp],
]

function readCode(reason: Error): string {
  const known = codes.find(([words]) => saysOf(reason, words))
  if (known) return known[1]
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : 'ERR_FETCH'
  return code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code
}
