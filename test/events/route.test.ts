import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Connector } from '../../src/core/connector.ts'
import { ownConnector } from '../../src/core/lane.ts'
import { silentLog } from '../../src/core/log.ts'
import { route } from '../../src/events/route.ts'
import { install, type Outbound } from '../../src/host/installed.ts'
import { makePulse } from '../../src/outbound/pulse.ts'

const outbound: Outbound = {
  fetch,
  retry: (read) => read(),
  http: () => {
    throw new Error('no call is expected')
  },
  pulse: makePulse({ clock: systemClock }),
}

const installed = (...connectors: Connector[]) =>
  connectors.map((connector) => install({ id: connector.id, connector, config: {} }, { outbound, log: silentLog }))

const synced: Connector = {
  id: 'acme',
  sync: { on: ['user.lifecycle.*'], plan: () => ({ changes: [] }), apply: () => {} },
}

const event = {
  source: 'okta',
  externalId: 'uuid-1',
  requestId: null,
  type: 'user.lifecycle.deactivate',
  time: '2026-11-01T12:00:00Z',
  authorityId: '00u1',
  hint: 'deny' as const,
  trusted: true,
  data: {},
}

let made = 0
const makeId = () => `dlv_${++made}`

describe('routing', () => {
  test('a person’s event goes to every sync that follows its family, in that person’s lane', () => {
    const [delivery, ...more] = route(event, { installed: installed(synced), makeId })
    expect(more).toEqual([])
    expect(delivery).toMatchObject({ connector: 'acme', kind: 'sync', lane: 'acme/okta/00u1', authority: 'okta' })
  })

  test('a sync delivery is deny work, whatever the event’s type suggests', () => {
    const [delivery] = route(
      { ...event, type: 'user.lifecycle.activate', hint: 'allow' },
      { installed: installed(synced), makeId },
    )
    expect(delivery).toMatchObject({ direction: 'deny', hint: 'allow' })
  })

  test('an event of a foreign sender goes nowhere', () => {
    expect(route({ ...event, trusted: false }, { installed: installed(synced), makeId })).toEqual([])
  })

  test('an event about nobody goes to no sync', () => {
    expect(route({ ...event, authorityId: null }, { installed: installed(synced), makeId })).toEqual([])
  })

  test('a type that nobody follows is kept, with no delivery', () => {
    expect(route({ ...event, type: 'unparseable' }, { installed: installed(synced), makeId })).toEqual([])
  })

  test('an event that a connector’s configuration leaves out is not delivered to it', () => {
    const picky: Connector = { id: 'picky', on: { '*': () => {} }, hears: ({ type }) => type.startsWith('group.') }
    expect(
      route({ ...event, type: 'group.user_membership.add' }, { installed: installed(picky), makeId }),
    ).toHaveLength(1)
    expect(route(event, { installed: installed(picky), makeId })).toEqual([])
  })

  test('one event calls one handler of a connector: the one with the narrowest pattern', () => {
    const edges: Connector = {
      id: 'edges',
      on: { 'group.*': () => 'family', 'group.user_membership.add': () => 'exact' },
    }
    const added = { ...event, type: 'group.user_membership.add', authorityId: null, targetId: '00g1' }
    expect(route(added, { installed: installed(edges), makeId })).toMatchObject([
      { kind: 'on', lane: 'edges/okta/00g1' },
    ])
  })

  describe('to the hub itself', () => {
    const moves: Connector['moves'] = ({ type }) => type === 'group.user_membership.remove'
    const authority: Connector = { id: 'okta', read: () => ({ notFound: true, certain: false, detail: '' }), moves }
    const routeAll = (facts: Partial<Parameters<typeof route>[0]>) =>
      route({ ...event, ...facts }, { installed: installed(authority, synced), makeId })
    const listOwn = (facts: Parameters<typeof routeAll>[0]) =>
      routeAll(facts).filter(({ connector }) => connector === ownConnector)

    test('goes what may change a person’s access, besides what goes to connectors, in a lane of its own', () => {
      const [sync, own, ...more] = routeAll({})
      expect(more).toEqual([])
      expect(sync).toMatchObject({ connector: 'acme' })
      const lane = { lane: 'hub/okta/00u1', authority: 'okta' }
      expect(own).toMatchObject({ ...lane, connector: 'hub', kind: 'sync', direction: 'deny', hint: 'deny' })
    })

    test('goes a return, a resync, and what the authority takes for a change, and no other news', () => {
      expect(listOwn({ type: 'user.lifecycle.activate', hint: 'allow' })).toMatchObject([{ hint: 'allow' }])
      expect(listOwn({ type: 'group.user_membership.remove', hint: 'neutral' })).toHaveLength(1)
      const own = { source: 'hub', personSource: 'okta', hint: 'neutral' } as const
      expect(listOwn({ ...own, type: 'hub.resync' })).toMatchObject([{ lane: 'hub/okta/00u1' }])
      expect(listOwn({ ...own, type: 'hub.person.denied' })).toEqual([])
      expect(listOwn({ type: 'user.account.update_profile', hint: 'neutral' })).toEqual([])
      expect(listOwn({ authorityId: null })).toEqual([])
      expect(listOwn({ trusted: false })).toEqual([])
    })

    test('goes nothing of a person whom no authority here can read', () => {
      expect(route(event, { installed: installed(synced), makeId }).map(({ connector }) => connector)).toEqual(['acme'])
    })
  })
})
