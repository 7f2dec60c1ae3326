const longestText = 500

/** A text from outside as people may read it: one line, no control characters, of bounded length; empty if it is none. */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  const line = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line
}
