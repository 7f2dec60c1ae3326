import { toHex } from '../../core/crypto.ts'
import { type Json, jsonText } from '../../core/json.ts'
import type { NewEvent } from '../../core/queue.ts'
import { hasRefusedLetter } from '../sql/sql.ts'

/** A body as JSON text, or as the bytes of it (hex) where PostgreSQL refuses the text. */
export type Body = { text: string; raw: null } | { text: null; raw: string }

/** An event as it is written. Events of one element share one body object, which is stored once. */
export type StoredEvent = Omit<NewEvent, 'data'> & { body: Body }

/** The events of one request, ready to be written, and what they take of memory. */
export type StoredRequest = { events: StoredEvent[]; bytes: number }

/** What an event takes besides its body: its own row and those of its deliveries. */
const bytesPerRow = 400

/** Makes the rows of a request. A body that several events share is made text once. */
export function toStored(request: readonly NewEvent[]): StoredRequest {
  const bodies = new Map<Json, Body>()
  let bytes = 0
  const events = request.map(({ data, ...event }) => {
    const body = bodies.get(data) ?? toBody(data)
    if (!bodies.has(data)) {
      bytes += sizeOf(body)
      // A text or a number that two elements have in common is the body of two elements all the same.
      if (typeof data === 'object' && data !== null) bodies.set(data, body)
    }
    bytes += bytesPerRow * (1 + event.deliveries.length)
    return { ...event, body }
  })
  return { events, bytes }
}

/** For a body whose letters or depth PostgreSQL refuses; a time that it cannot take is the time of receipt. */
export function keepAsBytes(events: readonly StoredEvent[]): StoredEvent[] {
  const kept = new Map<Body, Body>()
  return events.map((event) => {
    const body = kept.get(event.body) ?? inBytes(event.body)
    kept.set(event.body, body)
    return { ...event, body, time: /^(?!0000)\d{4}-/.test(event.time) ? event.time : event.receivedAt }
  })
}

/** A body that nests too deep for JSON.stringify is too deep for PostgreSQL as well. */
function toBody(data: Json): Body {
  try {
    const text = JSON.stringify(data)
    return hasRefusedLetter(text) ? inBytes({ text, raw: null }) : { text, raw: null }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return inBytes({ text: jsonText(data), raw: null })
  }
}

function inBytes(body: Body): Body {
  return body.text === null ? body : { text: null, raw: toHex(new TextEncoder().encode(body.text)) }
}

function sizeOf({ text, raw }: Body): number {
  return (text ?? raw).length
}
