import { secondsUntilReset, waitSeconds } from './rate-limit.ts'

export type VendorAnswer = {
  url: string
  status: number
  headers: Headers | Readonly<Record<string, string | undefined>>
}

/** A vendor's limit as an answer names it: so many calls in so many seconds, how many are left, and until when. */
export type VendorLimit = { limit: number; left: number; windowSeconds: number; resetSeconds: number }

type ReadLimit = {
  /** The kind of call that it is about: calls of one kind share a limit, as a rule. */
  kind: string
  /** Null: the answer names no limit. */
  seen: VendorLimit | null
  /** The call was refused for the limit, and none of what can wait is to be made for so long; null: it was not refused. */
  emptiedSeconds: number | null
}

/** Okta counts by the minute. Where the headers have no other sign of the window, the longest reset that was seen is it. */
const dialects = [
  { prefix: 'x-rate-limit', windowSeconds: 60 },
  { prefix: 'x-ratelimit', windowSeconds: 1 },
] as const

/** A reset further ahead is a wrong clock: none of the vendors has a longer window than an hour. */
const longestSeconds = 3600
const shortestSeconds = 1
/** A refusal holds for so long at most: then a call asks anew. */
const longestRefusalSeconds = 300

/** Reads what an answer says of its vendor's rate limit. */
export function readVendorLimit({ url, status, headers: given }: VendorAnswer): ReadLimit {
  const headers = given instanceof Headers ? given : new Headers(Object.entries(given).flatMap(toHeader))
  const refused = status === 429 ? (waitSeconds(headers) ?? 0) : null
  return {
    kind: findKind(url),
    seen: readSeen(headers),
    emptiedSeconds: refused === null ? null : Math.min(longestRefusalSeconds, Math.max(shortestSeconds, refused)),
  }
}

function readSeen(headers: Headers): VendorLimit | null {
  for (const { prefix, windowSeconds } of dialects) {
    const limit = readNumber(headers, `${prefix}-limit`)
    const left = readNumber(headers, `${prefix}-remaining`)
    if (limit === null || left === null || limit <= 0) continue
    const seconds = secondsUntilReset(headers, `${prefix}-reset`) ?? 0
    // Both times are cut to whole seconds.
    const resetSeconds = Math.min(longestSeconds, Math.max(shortestSeconds, seconds))
    return { limit, left: Math.max(0, left), windowSeconds: Math.max(windowSeconds, resetSeconds), resetSeconds }
  }
  return null
}

/** An id in the path makes no other kind. */
function findKind(url: string): string {
  const parts = URL.canParse(url) ? new URL(url).pathname.split('/') : []
  return `${parts.length} ${parts.slice(0, 4).join('/')}`
}

function toHeader([name, value]: [string, string | undefined]): [string, string][] {
  return value === undefined ? [] : [[name, value]]
}

function readNumber(headers: Headers, name: string): number | null {
  const text = headers.get(name)
  const number = text === null || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : null
}
