import { type Clock, systemClock } from '../core/clock.ts'
import type { KeptTokens, Tokens } from '../core/kept-tokens.ts'
import { borrowSecret } from '../core/redact.ts'

/** A token is not handed out so shortly before its end: a call that waits for its turn would come too late. */
const marginMs = 60_000

/** The tokens of one connector's client. */
export type ClientTokens = Tokens & {
  /** Removes those that this client used, and not what another client has got since: the vendor refused them. */
  drop(): void
  /** When the oldest of those that were found, and not got by this client, was got; null: none was. */
  oldest(): number | null
}

type Question = { id: string; kept?: KeptTokens | undefined; clock?: Clock }

/** Gives the client of one connector its part of the tokens that are kept. Without `kept` they end with what is returned. */
export function makeClientTokens({ id, kept = new Map(), clock = systemClock }: Question): ClientTokens {
  const used = new Map<string, string>()
  let oldest: number | null = null
  const now = () => clock.now().getTime()
  const use = (key: string, text: string) => {
    // The redactor remembers the latest few hundred secrets: one that is found again may have left it.
    borrowSecret(text)
    used.set(key, text)
  }
  return {
    find(name) {
      const key = `${id}/${name}`
      const token = kept.get(key)
      if (token === undefined) return undefined
      const leftMs = token.expiresAt - now()
      if (leftMs <= marginMs) {
        kept.delete(key)
        return undefined
      }
      use(key, token.text)
      oldest = Math.min(oldest ?? token.gotAt, token.gotAt)
      return { text: token.text, lifeSeconds: Math.floor(leftMs / 1000) }
    },
    keep(name, { text, lifeSeconds }) {
      const key = `${id}/${name}`
      use(key, text)
      kept.set(key, { text, gotAt: now(), expiresAt: now() + lifeSeconds * 1000 })
    },
    drop() {
      for (const [key, text] of used) if (kept.get(key)?.text === text) kept.delete(key)
      used.clear()
      oldest = null
    },
    oldest: () => oldest,
  }
}
