const blockBytes = 64

/** The first 32 bits of the fractional parts of the roots of the first primes: square roots to start, cube roots each round. */
const primes = firstPrimes(64)
const start = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const roundConstants = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))

/**
 * SHA-256 (FIPS 180-4) at once. WebCrypto's digest is a promise and a trip to another thread: for an id of twenty
 * letters that cost more than all else the hub does with an event. It names people and guards no secret.
 */
export function sha256(message: Uint8Array): Uint8Array {
  const words = new DataView(padded(message).buffer)
  const hash = Uint32Array.from(start)
  const schedule = new Uint32Array(64)
  for (let offset = 0; offset < words.byteLength; offset += blockBytes) {
    for (let i = 0; i < 16; i++) schedule[i] = words.getUint32(offset + i * 4)
    for (let i = 16; i < 64; i++) {
      const [w15, w2] = [at(schedule, i - 15), at(schedule, i - 2)]
      const low = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
      const high = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
      schedule[i] = at(schedule, i - 16) + low + at(schedule, i - 7) + high
    }
    compress(hash, schedule)
  }
  const digest = new DataView(new ArrayBuffer(32))
  hash.forEach((word, i) => {
    digest.setUint32(i * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

function compress(hash: Uint32Array, schedule: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g)
    const sumE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + sumE + choice + at(roundConstants, i) + at(schedule, i)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const sumA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + sumA + majority) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) hash[i] = at(hash, i) + word
}

/** The message, a single one-bit, zeros, and the length in bits at the end of the last block. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Math.ceil((message.length + 9) / blockBytes) * blockBytes
  const bytes = new Uint8Array(length)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(length - 4, message.length << 3)
  return bytes
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}

function fraction(root: number): number {
  return (root - Math.floor(root)) * 2 ** 32
}

function firstPrimes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}
