import type { Context, MiddlewareHandler } from 'hono'
import { sendProblem } from './problem.ts'

/** What every door has of a body: the bytes as the sender meant them, with its `content-encoding` undone. */
export type RawBody = { raw: Uint8Array<ArrayBuffer> }

/** The most bytes of one body, as it is sent and unpacked. */
export const maxBodyBytes = 1024 * 1024

/**
 * Reads the body for all doors, at most 1 MiB of it on the wire and at most 1 MiB unpacked: a packed body is unpacked
 * no further than that. What it sets as `raw` is what signatures are checked over and what is parsed. A body that is
 * cut short is the sender's fault: 400.
 */
export const readBody: MiddlewareHandler<{ Variables: RawBody }> = async (c, next) => {
  const length = c.req.header('content-length')
  const announced = c.req.header('transfer-encoding') === undefined ? length : undefined
  if (announced !== undefined && Number(announced) > maxBodyBytes) return sendTooLarge(c)
  const coding = readCoding(c.req.header('content-encoding'))
  if (coding === 'unknown') return sendUnknownCoding(c)
  try {
    // The server reads no more than was announced, and counting takes as long as all other steps together.
    const sent = announced === undefined ? await readAll(c.req.raw.body) : new Uint8Array(await c.req.arrayBuffer())
    c.set('raw', coding === 'plain' ? sent : await unpack(sent, coding))
  } catch (thrown) {
    return thrown instanceof TooLargeError ? sendTooLarge(c) : sendCutBody(c)
  }
  return next()
}

class TooLargeError extends Error {}

async function readAll(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array<ArrayBuffer>> {
  if (stream === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > maxBodyBytes) {
      // Not awaited: a stream over a connection may answer only when the sender has sent the rest.
      reader.cancel().catch(() => {})
      throw new TooLargeError()
    }
    chunks.push(part.value)
  }
  return concat(chunks, size)
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let place = 0
  for (const chunk of chunks) {
    whole.set(chunk, place)
    place += chunk.byteLength
  }
  return whole
}

type Coding = 'gzip' | 'deflate' | 'brotli'

/** The names of codings (RFC 9110, section 8.4.1), and the web's names of them. */
const codings: Readonly<Record<string, Coding>> = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate', br: 'brotli' }

let supported: readonly string[] | undefined

/**
 * The names of the codings that this runtime unpacks: Workers do not know brotli. Asked when the first packed body
 * comes, because while its module is loaded a Worker may make no stream of any coding.
 */
function listSupported(): readonly string[] {
  supported ??= Object.keys(codings).filter((name) => {
    try {
      return new DecompressionStream(codings[name] ?? 'gzip') !== undefined
    } catch {
      return false
    }
  })
  return supported
}

/** Senders that do not pack put these here. They name no coding, so the body is plain. */
const plainWords = ['', 'identity', 'none', 'utf-8', 'utf8', '8bit', 'binary']

function readCoding(header: string | undefined): Coding | 'plain' | 'unknown' {
  const names = (header ?? '').split(',').map((name) => name.trim().toLowerCase())
  const [name, ...others] = names.filter((one) => !plainWords.includes(one))
  if (name === undefined) return 'plain'
  return others.length === 0 && listSupported().includes(name) ? (codings[name] ?? 'unknown') : 'unknown'
}

function unpack(packed: Uint8Array<ArrayBuffer>, coding: Coding): Promise<Uint8Array<ArrayBuffer>> {
  const format = coding === 'deflate' && !hasZlibHead(packed) ? 'deflate-raw' : coding
  return readAll(new Blob([packed]).stream().pipeThrough(new DecompressionStream(format)))
}

/** `deflate` means the zlib format (RFC 1950), and some senders leave its two bytes out. */
function hasZlibHead([first = 0, second = 0]: Uint8Array): boolean {
  return first % 16 === 8 && (first * 256 + second) % 31 === 0
}

function sendTooLarge(c: Context): Response {
  // The rest of the body is not read, so this connection can carry no further request.
  c.header('connection', 'close')
  return sendProblem(c, {
    status: 413,
    code: 'body_too_large',
    title: 'Body too large',
    detail: 'A hook has at most 1 MiB, unpacked too.',
  })
}

function sendUnknownCoding(c: Context): Response {
  c.header('connection', 'close')
  const names = listSupported().join(', ')
  c.header('accept-encoding', names)
  return sendProblem(c, {
    status: 415,
    code: 'unknown_encoding',
    title: 'Unknown content-encoding',
    detail: `The body is packed in a way that is not unpacked here. Send it plain, or packed once by one of: ${names}.`,
  })
}

function sendCutBody(c: Context): Response {
  return sendProblem(c, {
    status: 400,
    code: 'cut_body',
    title: 'The body is cut short',
    detail: 'Less of the body came than was announced, or it is not packed as its content-encoding says.',
  })
}
