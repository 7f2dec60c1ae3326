import { type Hider, shortestForm } from './secret-forms.ts'

/**
 * Finds which of many secrets a text may hold, in time that does not grow with their number: a hub remembers hundreds of
 * tokens in a dozen forms each, and every line of its log is several texts.
 */
export type SecretIndex = {
  add(hider: Hider): void
  remove(hider: Hider): void
  /** All that may stand in this text, and perhaps others. */
  find(text: string): ReadonlySet<Hider>
}

/** What begins an escape, in every way of writing that `makeHider` knows: of JSON, of addresses and forms, of HTML. */
const mayBeEscaped = /[\\%&+]/
/** No way of writing changes these. */
const isNeverEscaped = /^[A-Za-z0-9]+$/

export function makeSecretIndex(): SecretIndex {
  const byBeginning = new Map<string, Set<Hider>>()
  /** Marks two neighbouring letters with which a beginning begins: most places of a text are passed over by it. */
  const pairs = new Uint8Array(pairKinds)
  /** Those with a form whose beginning may stand escaped in a text. */
  const escapable = new Set<Hider>()
  return {
    add(hider) {
      for (const beginning of hider.beginnings) {
        const hiders = byBeginning.get(beginning) ?? new Set()
        byBeginning.set(beginning, hiders.add(hider))
        pairs[findPair(beginning, 0)] = 1
        if (!isNeverEscaped.test(beginning)) escapable.add(hider)
      }
    },
    remove(hider) {
      escapable.delete(hider)
      for (const beginning of hider.beginnings) {
        const hiders = byBeginning.get(beginning)
        hiders?.delete(hider)
        if (hiders?.size === 0) byBeginning.delete(beginning)
      }
    },
    find(text) {
      const found = new Set<Hider>(escapable.size > 0 && mayBeEscaped.test(text) ? escapable : [])
      for (let at = 0; at + shortestForm <= text.length; at++) {
        if (pairs[findPair(text, at)] === 0) continue
        for (const hider of byBeginning.get(text.slice(at, at + shortestForm)) ?? []) found.add(hider)
      }
      return found
    },
  }
}

const pairKinds = 4096

/** Two letters as a number below `pairKinds`: different ones may share it. */
function findPair(text: string, at: number): number {
  return (text.charCodeAt(at) * 61 + text.charCodeAt(at + 1)) % pairKinds
}
