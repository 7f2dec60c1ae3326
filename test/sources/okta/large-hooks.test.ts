import { describe, expect, test } from 'vitest'
import * as prints from '../../../src/sources/fingerprint.ts'
import { okta } from '../../../src/sources/okta/okta.ts'

const config = {
  OKTA_ORG_URL: 'https://acme-demo.okta.com',
  OKTA_HOOK_SECRETS: ['Bearer new'],
  OKTA_HOOK_HEADER: 'Authorization',
}
const parse = (events: unknown[]) =>
  okta.parse({ body: { eventId: 'request-1', data: { events } }, config, receivedAt: '2026-05-14T08:30:04.000Z' })

const crowd = (people: number, over: object = {}) => ({
  uuid: 'uuid-1',
  published: '2026-05-14T08:30:01.982Z',
  eventType: 'user.lifecycle.deactivate',
  target: Array.from({ length: people }, (_, i) => ({ type: 'User', id: `00u${String(i).padStart(5, '0')}` })),
  ...over,
})

describe('a hook that names too many', () => {
  test('people in one element has events for the first thousand, and one for the rest (attack 2)', () => {
    const element = crowd(28_000)
    const events = parse([element])
    expect(events).toHaveLength(1_001)
    expect(events.every(({ data }) => data === element)).toBe(true)
    expect(events.filter(({ authorityId }) => authorityId !== null)).toHaveLength(1_000)
    expect(events.at(-1)).toMatchObject({
      externalId: 'uuid-1#crowd',
      type: 'okta.left_out',
      hint: 'neutral',
      authorityId: null,
      leftOut: 27_000,
    })
  })

  test('people in all elements together has events for five thousand (attack 2)', () => {
    const events = parse(Array.from({ length: 7 }, (_, i) => crowd(900, { uuid: `uuid-${i}` })))
    expect(events.filter(({ authorityId }) => authorityId !== null)).toHaveLength(5_000)
    expect(events.flatMap(({ leftOut }) => leftOut ?? [])).toEqual([400, 900])
  })

  test('elements has events for ten thousand, and one with the list of the rest (attack 2)', () => {
    const events = parse(Array.from({ length: 10_002 }, () => null))
    expect(events).toHaveLength(10_001)
    expect(events.at(-1)).toMatchObject({
      externalId: 'request-1#rest',
      type: 'okta.left_out',
      leftOut: 2,
      data: [null, null],
    })
  })

  test('cannot be feigned by an element with such a type (attack 2)', () => {
    expect(parse([crowd(1, { eventType: 'okta.left_out' })])).toMatchObject([{ type: 'unparseable' }])
  })
})

test('each element is fingerprinted once, whatever uuid the others have (attack 3)', () => {
  const looks = new Map<string, number>()
  const counted = (name: string, fields: object) =>
    new Proxy(fields, {
      ownKeys(target) {
        looks.set(name, (looks.get(name) ?? 0) + 1)
        return Reflect.ownKeys(target)
      },
    })
  const large = counted('large', crowd(1, { pad: 'x'.repeat(700) }))
  const small = Array.from({ length: 300 }, (_, i) => counted(`small ${i}`, crowd(1, { n: i })))
  const events = parse([large, ...small])
  expect(events).toHaveLength(301)
  expect([...looks.values()]).toEqual(Array(301).fill(1))
})

test('the fingerprints are those that the journal has as keys already (attack 3)', () => {
  expect(prints.fingerprint({ b: [1, 'two', null], a: { c: true } })).toBe(
    prints.fingerprint({ a: { c: true }, b: [1, 'two', null] }),
  )
  expect(prints.fingerprint({ b: [1, 'two', null], a: { c: true } })).toMatchInlineSnapshot(`"213ndjbf20b0mljtc2x9ze"`)
})
