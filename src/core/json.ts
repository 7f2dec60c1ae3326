/** What JSON can hold: the only thing that may be written to the journal. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export type JsonObject = { [key: string]: Json }

/** True for a JSON object, not for an array or null: check any body from outside with it first. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a JSON text; undefined, which no JSON text means, when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The JSON text of a value of any depth. JSON.stringify gives up with a RangeError some thousand levels down, while
 * JSON.parse takes half a million of them from one hook.
 */
export function jsonText(value: Json): string {
  try {
    return JSON.stringify(value)
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return deepText(value)
  }
}

type Piece = { text: string } | { value: Json }

function deepText(value: Json): string {
  const pieces: Piece[] = [{ value }]
  const texts: string[] = []
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    if ('text' in piece) texts.push(piece.text)
    else if (Array.isArray(piece.value)) pushAll(pieces, { open: '[', close: ']', items: piece.value.map(nameless) })
    else if (isRecord(piece.value)) pushAll(pieces, { open: '{', close: '}', items: Object.entries(piece.value) })
    else texts.push(JSON.stringify(piece.value))
  }
  return texts.join('')
}

const nameless = (item: Json): [null, Json] => [null, item]

type Brackets = { open: string; close: string; items: [string | null, Json][] }

/** Last piece first: the pieces are a stack. */
function pushAll(pieces: Piece[], { open, close, items }: Brackets): void {
  pieces.push({ text: close })
  for (const [i, [name, value]] of [...items.entries()].reverse()) {
    const before = `${i > 0 ? ',' : ''}${name === null ? '' : `${JSON.stringify(name)}:`}`
    pieces.push({ value }, { text: before })
  }
  pieces.push({ text: open })
}
