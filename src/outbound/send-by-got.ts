import got, { type Agents, RequestError } from 'got'
import { AddressRefusedError } from '../core/errors.ts'
import { noHttp, type Send, SendError, tooLong } from './send.ts'

/** Makes what sends calls on Node. `agents`: those of a guard, which judge the address that a socket connects to. */
export function makeSendByGot({ agents }: { agents?: Agents } = {}): Send {
  return async ({ method, url, headers, body }, { signal, mostBytes }) => {
    const ending = new AbortController()
    const follow = () => ending.abort(signal.reason)
    if (signal.aborted) follow()
    else signal.addEventListener('abort', follow, { once: true })
    let isTooLong = false
    const sent = got(url, {
      method,
      signal: ending.signal,
      headers,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      ...(agents ? { agent: agents } : {}),
      ...(body === undefined ? {} : { body }),
    })
    sent.on('downloadProgress', ({ transferred }) => {
      if (transferred <= mostBytes) return
      isTooLong = true
      ending.abort()
    })
    try {
      const answer = await sent
      const texts = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
      return { status: answer.statusCode, headers: Object.fromEntries(texts), text: answer.body }
    } catch (thrown) {
      if (isTooLong) throw new SendError(tooLong, { cause: thrown })
      if (!(thrown instanceof RequestError)) throw thrown
      if (thrown.cause instanceof AddressRefusedError) throw thrown.cause
      throw new SendError(readCode(thrown), { cause: thrown })
    } finally {
      signal.removeEventListener('abort', follow)
    }
  }
}

/** got has codes of its own for what went wrong within an answer. */
function readCode({ code, cause }: RequestError): string {
  if (code === 'ERR_HTTP_CONTENT_LENGTH_MISMATCH') return 'ECONNRESET'
  if (code === 'ERR_READING_RESPONSE_STREAM' && cause instanceof Error && 'code' in cause) return String(cause.code)
  return code.startsWith('HPE_') ? noHttp : code
}
