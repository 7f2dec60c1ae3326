/**
 * Reads the bytes of a file that somebody else wrote: UTF-16 where they begin with its mark, as spreadsheets write it, and
 * otherwise UTF-8. A letter that is none comes out as U+FFFD.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}
