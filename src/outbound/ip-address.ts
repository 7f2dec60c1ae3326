/** An address as a number of so many bits. */
export type IpAddress = { bits: 32 | 128; value: bigint }

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const dotted = new RegExp(`^${octet}(?:\\.${octet}){3}$`)

/** Reads an address in one of its own spellings; null for anything else. This works without `node:net`. */
export function readIpAddress(text: string): IpAddress | null {
  if (dotted.test(text)) return { bits: 32, value: join(text.split('.').map(Number), 8n) }
  const words = text.includes(':') ? wordsOf(text) : null
  return words && { bits: 128, value: join(words, 16n) }
}

/** The eight words of an IPv6 address in any spelling: a URL's host is the canonical one. */
function wordsOf(text: string): number[] | null {
  const address = `http://[${text}]`
  // Else what follows a bracket, a slash or an at sign would be another part of the URL.
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(address)) return null
  const [head = [], tail = []] = new URL(address).hostname
    .slice(1, -1)
    .split('::')
    .map((part) =>
      part
        .split(':')
        .filter(Boolean)
        .map((word) => Number.parseInt(word, 16)),
    )
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function join(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((sum, part) => (sum << bits) | BigInt(part), 0n)
}
