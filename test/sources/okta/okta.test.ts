import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { okta } from '../../../src/sources/okta/okta.ts'

const config = {
  OKTA_ORG_URL: 'https://acme-demo.okta.com',
  OKTA_HOOK_SECRETS: ['Bearer new', 'Bearer old'],
  OKTA_HOOK_HEADER: 'Authorization',
}
const receivedAt = '2026-05-14T08:30:04.000Z'

const parse = (body: unknown) => okta.parse({ body, config, receivedAt })
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/okta/${name}.json`, import.meta.url), 'utf8'))
const head = (headers: Record<string, string>) => ({ header: (name: string) => headers[name] })
const element = (over: object = {}) => ({
  uuid: 'uuid-1',
  published: '2026-05-14T08:30:01.982Z',
  eventType: 'user.lifecycle.suspend',
  target: [{ id: '00u1', type: 'User' }],
  ...over,
})
const envelope = (events: unknown, over: object = {}) => ({
  eventId: 'request-1',
  source: 'https://acme-demo.okta.com/api/v1/eventHooks/who1',
  data: { events },
  ...over,
})

describe('what cannot be made out is recorded, not refused', () => {
  test.each([
    ['null', null],
    ['a text', 'hello'],
    ['a number', 7],
    ['a list', [1, 2]],
    ['an empty object', {}],
    ['data that is a list', { data: [] }],
    ['events that are an object', { data: { events: {} } }],
    ['no events', envelope([])],
  ])('%s becomes one event okta.hollow', (_name, body) => {
    expect(parse(body)).toMatchObject([{ type: 'okta.hollow', authorityId: null, data: body }])
  })

  test.each([
    ['null', null],
    ['a text', 'x'],
    ['a list', []],
    ['an object without a type', { target: [{ id: '00u1', type: 'User' }] }],
    ['a type that is not a text', element({ uuid: null, eventType: 7 })],
    ['a type with a NUL', element({ uuid: null, eventType: 'user.\u0000' })],
    ["a type of the hub's own alerts", element({ uuid: null, eventType: 'hub.alert.stuck' })],
    ["the hub's word for hollow bodies", element({ uuid: null, eventType: 'okta.hollow' })],
  ])('an element that is %s is unparseable and named by its place', (_name, bad) => {
    const [event] = parse(envelope([bad]))
    expect(event).toMatchObject({ type: 'unparseable', externalId: 'request-1#0', authorityId: null, hint: 'neutral' })
    expect(event?.data).toBe(bad)
  })

  test('an element that cannot be made out keeps its uuid', () => {
    expect(parse(envelope([{ uuid: 'uuid-9' }]))).toMatchObject([{ type: 'unparseable', externalId: 'uuid-9' }])
  })

  test('the good elements of a request with bad ones are parsed all the same', () => {
    const events = parse(fixture('odd-elements'))
    expect(events.map(({ type }) => type)).toEqual([
      'unparseable',
      'unparseable',
      'unparseable',
      'user.lifecycle.suspend',
    ])
    expect(events[3]).toMatchObject({ authorityId: '00uexampleUSERx95d7', time: receivedAt })
  })

  test('without any id of its own an element is named by its content, whatever the order of its keys', () => {
    const id = (body: unknown) => parse(body)[0]?.externalId
    const first = id({ data: { events: [{ a: 1, b: [2] }] } })
    expect(first).toBe(id({ data: { events: [{ b: [2], a: 1 }] } }))
    expect(first).not.toBe(id({ data: { events: [{ a: 1, b: [3] }] } }))
    expect(first).not.toBe(id({ data: { events: [{ a: 1, b: 2 }] } }))
  })

  test('a body that is nested deeper than the stack is parsed', () => {
    const deep: unknown = JSON.parse('['.repeat(400_000) + ']'.repeat(400_000))
    expect(parse({ data: { events: [deep] } })).toHaveLength(1)
  })
})

describe('whom and what an event is about', () => {
  test('the person is the target of type User, wherever it stands, and never the AppUser or the actor', () => {
    expect(parse(fixture('app-user-added'))).toMatchObject([{ authorityId: '00uexampleUSERx95d7' }])
    expect(parse(fixture('two-events')).map(({ authorityId }) => authorityId)).toEqual([
      '00uexampleUSERx95d7',
      '00uexampleUSERx95d7',
    ])
    const appUserOnly = element({ actor: { id: '00u2', type: 'User' }, target: [{ id: '0ua1', type: 'AppUser' }] })
    expect(parse(envelope([appUserOnly]))).toMatchObject([{ authorityId: null }])
  })

  test('a hollow element is about nobody and keeps its type', () => {
    expect(parse(fixture('hollow'))).toMatchObject([{ type: 'user.lifecycle.deactivate', authorityId: null }])
  })

  test.each([['00u/../me'], ['00u\u0000'], ['\ud800'], [''], [7], [null], ['x'.repeat(65)]])(
    'an id such as %j is nobody',
    (id) => {
      expect(parse(envelope([element({ target: [{ id, type: 'User' }] })]))).toMatchObject([{ authorityId: null }])
    },
  )

  test('an element about two people becomes an event for each', () => {
    const target = [
      { id: '00u2', type: 'User' },
      { id: '00u1', type: 'User' },
      { id: '00u2', type: 'User' },
    ]
    expect(parse(envelope([element({ target })]))).toMatchObject([
      { authorityId: '00u1', externalId: 'uuid-1' },
      { authorityId: '00u2', externalId: 'uuid-1#00u2' },
    ])
  })

  test.each([
    ['user.lifecycle.deactivate', 'deny'],
    ['user.lifecycle.suspend', 'deny'],
    ['user.lifecycle.delete.initiated', 'deny'],
    ['user.lifecycle.activate', 'allow'],
    ['user.lifecycle.reactivate', 'allow'],
    ['user.lifecycle.unsuspend', 'allow'],
    ['user.account.lock', 'neutral'],
    ['user.account.unlock', 'neutral'],
    ['group.user_membership.remove', 'neutral'],
    ['toString', 'neutral'],
  ])('%s suggests %s', (eventType, hint) => {
    expect(parse(envelope([element({ eventType })]))).toMatchObject([{ type: eventType, hint }])
  })

  const noDates = ['not a date', '2026-13-01T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00', '1']
  test.each([...noDates, 1_700_000_000, null, '2026-05-14T08:30:01\u0000Z'])(
    'published %j is replaced by the time of receipt',
    (published) => {
      expect(parse(envelope([element({ published })]))).toMatchObject([{ time: receivedAt }])
    },
  )

  test('published is kept as the time of the event', () => {
    const published = '2026-05-14T10:30:01.982+02:00'
    expect(parse(envelope([element({ published })]))).toMatchObject([{ time: '2026-05-14T08:30:01.982Z' }])
  })

  test('the element is handed on untouched, NUL and half surrogates included', () => {
    const odd = element({ displayMessage: 'a\u0000b\ud800' })
    expect(parse(envelope([odd]))[0]?.data).toBe(odd)
  })
})

describe('ids', () => {
  test('the uuid names the event and eventId the request, in either spelling', () => {
    expect(parse(envelope([element()]))).toMatchObject([{ externalId: 'uuid-1', requestId: 'request-1' }])
    expect(parse(envelope([element()], { eventId: undefined, eventID: 'request-2' }))).toMatchObject([
      { externalId: 'uuid-1', requestId: 'request-2' },
    ])
  })

  test('the same element twice in one request is one event', () => {
    expect(parse(envelope([element(), element()]))).toHaveLength(1)
  })

  test('two different elements with one uuid are both kept', () => {
    const other = element({ target: [{ id: '00u2', type: 'User' }] })
    const events = parse(envelope([element(), other]))
    expect(events.map(({ authorityId }) => authorityId)).toEqual(['00u1', '00u2'])
    expect(new Set(events.map(({ externalId }) => externalId)).size).toBe(2)
  })
})

describe('who sent it', () => {
  test.each([
    ['https://acme-demo.okta.com/api/v1/eventHooks/who1', true],
    ['https://ACME-demo.okta.com', true],
    [undefined, true],
    [null, true],
    ['https://somebody-else.okta.com/api/v1/eventHooks/who1', false],
    ['https://acme-demo.okta.com.evil.test/', false],
    ['acme-demo.okta.com', false],
    [7, false],
  ])('a body whose source is %j is trusted: %s', (source, trusted) => {
    expect(parse(envelope([element()], { source }))).toMatchObject([{ trusted }])
    expect(parse(envelope([], { source }))).toMatchObject([{ trusted }])
  })

  test.each([
    ['Bearer new', true],
    ['Bearer old', true],
    ['Bearer ol', false],
    ['bearer old', false],
    ['Bearer old ', false],
    ['', false],
  ])('the header %j is let in: %s', (authorization, expected) => {
    expect(okta.authenticate?.({ head: head({ authorization }), config })).toBe(expected)
  })

  test('a request without the header is not let in', () => {
    expect(okta.authenticate?.({ head: head({}), config })).toBe(false)
  })
})

describe('the one-time challenge', () => {
  const challenge = (value: string) => okta.challenge(head({ 'x-okta-verification-challenge': value }))

  test('a request without a challenge is not one', () => {
    expect(okta.challenge(head({}))).toBeNull()
  })

  test('a challenge is echoed, whatever its characters', () => {
    expect(challenge('<b>"ü\\')).toEqual({ status: 200, body: { verification: '<b>"ü\\' } })
    expect(challenge('x'.repeat(1024))).toMatchObject({ status: 200 })
  })

  test('a challenge that is too long or empty is refused', () => {
    expect(challenge('x'.repeat(1025))).toMatchObject({ status: 400 })
    expect(challenge('')).toMatchObject({ status: 400 })
  })
})

describe('for any JSON', () => {
  const anyBody = fc.oneof(
    fc.jsonValue(),
    fc.record({ eventId: fc.jsonValue(), source: fc.jsonValue(), data: fc.record({ events: fc.jsonValue() }) }),
    fc
      .array(
        fc.record(
          {
            uuid: fc.oneof(fc.uuid(), fc.jsonValue()),
            eventType: fc.oneof(fc.constant('user.lifecycle.suspend'), fc.string({ unit: 'binary' }), fc.jsonValue()),
            published: fc.oneof(fc.constant('2026-05-14T08:30:01.982Z'), fc.string(), fc.jsonValue()),
            target: fc.oneof(
              fc.array(
                fc.record({ type: fc.constant('User'), id: fc.oneof(fc.string({ unit: 'binary' }), fc.uuid()) }),
              ),
              fc.jsonValue(),
            ),
          },
          { requiredKeys: [] },
        ),
      )
      .map((events) => envelope(events)),
  )

  test('parsing never throws, always records something, and is the same every time', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const events = parse(body)
        expect(events.length).toBeGreaterThan(0)
        expect(parse(structuredClone(body))).toEqual(events)
      }),
      { numRuns: 500 },
    )
  })

  test('ids are unique in a request, and every column is text a database can hold', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const events = parse(body)
        expect(new Set(events.map(({ externalId }) => externalId)).size).toBe(events.length)
        for (const { externalId, requestId, type, time, authorityId } of events) {
          for (const text of [externalId, requestId ?? 'x', type, time]) expect(text).toMatch(/^[\x21-\x7e]{1,400}$/)
          expect(authorityId ?? 'x').toMatch(/^[A-Za-z0-9]{1,64}$/)
          expect(new Date(time).toISOString()).toBe(time)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('the order of the elements changes nothing but the order of the events', () => {
    const distinct = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(distinct, fc.integer(), (uuids, turn) => {
        const elements = uuids.map((uuid, i) => element({ uuid, target: [{ id: `00u${i}`, type: 'User' }] }))
        const at = Math.abs(turn) % elements.length
        const turned = [...elements.slice(at), ...elements.slice(0, at)]
        const byId = (events: ReturnType<typeof parse>) =>
          events.toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1))
        expect(byId(parse(envelope(turned)))).toEqual(byId(parse(envelope(elements))))
      }),
    )
  })
})
