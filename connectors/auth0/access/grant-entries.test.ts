import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  at,
  billing,
  isoAt,
  partners,
  partnersBilling,
  partnersSupport,
  support,
} from '../../../test/connectors/auth0-access.ts'
import {
  addGrantEntries,
  type GrantEntry,
  isOver,
  removeGrantEntries,
  targetOfEntry,
  untilOf,
} from './grant-entries.ts'

const nobody: ReadonlySet<string> = new Set()
const grant = (before: GrantEntry[], targets: string[], until: string | null, held = nobody, now = at(0)) =>
  addGrantEntries(before, { asked: targets.map((target) => ({ target })), held, until, now })

describe('the notes of ends', () => {
  it('keep a membership without an end as long as one of its roles has none', () => {
    const one = grant([], [partnersBilling], isoAt(1))
    const two = grant(one, [partnersSupport], null, new Set([partners, partnersBilling]))
    expect(untilOf(two, partners)).toBeNull()
    expect(untilOf(removeGrantEntries(two, [partnersSupport]).entries, partners)).toBe(isoAt(1))
  })

  it('leave an organization only with the last reason', () => {
    const both = grant([], [partnersBilling, partnersSupport], isoAt(1))
    expect(removeGrantEntries(both, [partnersBilling]).leave).toEqual([])
    expect(removeGrantEntries(both, [partnersBilling, partnersSupport])).toEqual({
      entries: [],
      leave: ['org_partners'],
    })
  })

  it('go with the organization, those of its roles too', () => {
    const all = grant([], [billing, partnersBilling, partners], isoAt(1))
    expect(removeGrantEntries(all, [partners]).entries.map(targetOfEntry)).toEqual([billing])
  })

  const targets = [billing, support, partners, partnersBilling, partnersSupport]
  const asked = fc.uniqueArray(fc.constantFrom(...targets), { minLength: 1 })
  const step = fc.record({ asked, hours: fc.option(fc.integer({ min: 1, max: 9 })), take: fc.boolean() })

  it('whatever comes in whatever order: a repeat changes nothing, the latest end counts, removal leaves no trace', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), step, (history, last) => {
        let entries: GrantEntry[] = []
        const held = new Set<string>()
        for (const { asked: given, hours, take } of history) {
          if (take) {
            entries = removeGrantEntries(entries, given).entries
            for (const target of given) held.delete(target)
          } else {
            entries = grant(entries, given, hours === null ? null : isoAt(hours), held)
            for (const target of given) held.add(target)
          }
        }
        const until = last.hours === null ? null : isoAt(last.hours)
        const before = new Set(held)
        const after = grant(entries, last.asked, until, before)
        expect(grant(after, last.asked, until, new Set([...before, ...last.asked]))).toEqual(after)
        for (const target of last.asked.filter((one) => one.includes('role:'))) {
          const noted = untilOf(entries, target)
          // Held before without a note: another tool gave it, so it gets no end.
          const latest = until !== null && noted !== null && noted > until ? noted : until
          expect(untilOf(after, target)).toBe(before.has(target) ? noted && latest : until)
        }
        const left = removeGrantEntries(after, last.asked).entries.map(targetOfEntry)
        expect(left.filter((target) => last.asked.includes(target))).toEqual([])
        const all = after.map(targetOfEntry)
        expect(new Set(all).size).toBe(all.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('count as over from the very moment of their end', () => {
    const [entry] = grant([], [billing], isoAt(1))
    if (!entry) throw new Error('no entry')
    expect(isOver(entry, new Date(at(1).getTime() - 1))).toBe(false)
    expect(isOver(entry, at(1))).toBe(true)
  })
})
