/**
 * A text that is the same for the same JSON, whatever the order of its keys: it stands in for an id where the
 * sender gave none, so that a second copy is recognised. Not for secrets: it is short and not cryptographic.
 * Walks without recursion, because a body of 1 MiB can be nested half a million levels deep.
 */
export function fingerprint(value: unknown): string {
  const hash = startHash()
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (Array.isArray(next)) {
      hash.add(`[${next.length}`)
      for (let i = next.length - 1; i >= 0; i--) waiting.push(next[i])
    } else if (typeof next === 'object' && next !== null) {
      const entries = Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1))
      hash.add(`{${entries.length}`)
      for (const [name, item] of entries) {
        hash.add(JSON.stringify(name))
        waiting.push(item)
      }
    } else {
      hash.add(JSON.stringify(next) ?? 'undefined')
    }
  }
  return hash.end()
}

// Two lanes of 53 bits (the public-domain cyrb53): a collision would drop an event, so one lane is not enough.
function startHash() {
  const lanes = [makeLane(0x9e3779b9), makeLane(0x85ebca6b)]
  return {
    add(text: string) {
      for (const lane of lanes) lane.add(`${text.length}:${text}`)
    },
    end: () => lanes.map((lane) => lane.end().toString(36).padStart(11, '0')).join(''),
  }
}

function makeLane(seed: number) {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  return {
    add(text: string) {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i)
        high = Math.imul(high ^ code, 2654435761)
        low = Math.imul(low ^ code, 1597334677)
      }
    },
    end() {
      const first = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
      const second = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909)
      return 4294967296 * (2097151 & second) + (first >>> 0)
    },
  }
}
