/**
 * Reads the bytes of a body as JSON. Senders are not turned away for the form of the text: a byte order mark, UTF-16,
 * and bytes that are no UTF-8, which are read as Windows-1252, of which Latin-1 is a part. What `content-type` says of
 * the letters is not looked at, because it is wrong more often than the bytes are.
 * @throws SyntaxError when it is no JSON text
 */
export function readJson(raw: Uint8Array<ArrayBuffer>): unknown {
  return JSON.parse(readText(raw).replace(/^\uFEFF+/, ''))
}

function readText(raw: Uint8Array<ArrayBuffer>): string {
  const [first, second] = raw
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return readAs('utf-16le', raw)
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return readAs('utf-16be', raw)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw)
  } catch {
    return readAs('windows-1252', raw)
  }
}

function readAs(encoding: string, raw: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder(encoding).decode(raw)
}
