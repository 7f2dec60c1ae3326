import { expect, test } from 'vitest'
import { hookSecret, makeEventHook } from '../../../lab/environment.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { route } from '../../../src/events/route.ts'
import { install, type Outbound } from '../../../src/host/installed.ts'
import { makePulse } from '../../../src/outbound/pulse.ts'
import { okta as source } from '../../../src/sources/okta/okta.ts'
import { billing, crm, startOktaBench } from '../../../test/connectors/okta-bench.ts'
import { startHookEndpoint } from '../../../test/support/hook-endpoint.ts'
import { connectors } from '../../index.ts'

const outbound: Outbound = {
  fetch,
  retry: (read) => read(),
  http: () => {
    throw new Error('no call is expected')
  },
  pulse: makePulse({ clock: systemClock }),
}

test("the hub's own changes come back as events of the person that no connector acts on", async () => {
  await using endpoint = await startHookEndpoint()
  await using bench = await startOktaBench()
  const types = ['add', 'remove'].flatMap((verb) => [
    `group.user_membership.${verb}`,
    `application.user_membership.${verb}`,
  ])
  const { id } = bench.tenant.hooks.create(makeEventHook({ url: endpoint.url, types: types }))
  await bench.tenant.hooks.verify(id)
  await bench.provision([billing, crm])
  await bench.deprovision([billing, crm])
  await bench.tenant.idle()

  const config = {
    OKTA_ORG_URL: bench.tenant.url,
    OKTA_HOOK_SECRETS: [hookSecret],
    OKTA_HOOK_HEADER: 'authorization',
  }
  const noLeaving = { OKTA_LEAVE_APPS: [], OKTA_LEAVE_GROUPS: [] }
  const receivedAt = new Date().toISOString()
  const events = endpoint.deliveries().flatMap((body) => source.parse({ body, config, receivedAt }))
  expect(events.map(({ type }) => type).sort()).toEqual(types.sort())
  // Those that are configured at all; print, relay and slack hear what their settings name, which is nothing here.
  const installed = connectors
    .filter(({ hears }) => hears === undefined)
    .map((connector) => install({ id: connector.id, connector, config: noLeaving }, { outbound, log: silentLog }))
  for (const event of events) {
    expect(event).toMatchObject({ authorityId: '00ulena', hint: 'neutral', trusted: true })
    expect(route({ ...event, source: 'okta' }, { makeId: () => 'dlv_1', installed })).toEqual([])
  }
})
