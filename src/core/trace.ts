import { drawHex } from './crypto.ts'

/** Makes a W3C trace id: 32 hexadecimal digits. It names one request from the hook to the calls that follow from it. */
export function makeTraceId(): string {
  return drawHex(16)
}

/** Version 00 has four parts; a later version may add more, and its first four are read the same way. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** Reads the trace id of a `traceparent` header; null when there is none, or it is not a valid one. */
export function readTraceparent(header: string | undefined): string | null {
  const [, version, traceId, more] = traceparent.exec(header ?? '') ?? []
  return traceId === undefined || (version === '00' && more !== undefined) ? null : traceId
}

/**
 * Makes the header for one outbound call of a trace. Its flag says that nobody records this trace here, so that it makes
 * no vendor record more than it would.
 */
export function makeTraceparent(traceId: string): string {
  return `00-${traceId}-${drawHex(8)}-00`
}
