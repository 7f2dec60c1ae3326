import { describe, expect, test } from 'vitest'
import { makeMeter } from '../../src/core/meter.ts'
import { serveMetrics } from '../../src/http/metrics.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { readMetrics, sampleOf } from '../support/prometheus.ts'
import { LENA, setStage } from '../support/stage.ts'

const db = await testDatabase()
const deactivated = () => oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })])
const quiet = async () => ({ deliveries: [], oldestDueSeconds: 0, owed: 0, paused: [] })

const scrape = async (url: string, headers: Record<string, string> = {}) =>
  readMetrics(await (await fetch(`${url}/metrics`, { headers })).text())

describe('the metrics of a whole hub', () => {
  test('count what came, what was refused, what was tried, and how long a lockout took', async () => {
    await using stage = await setStage({ db, upkeep: {} })
    stage.silently(LENA.oktaId, 'deactivate')
    const body = deactivated()
    stage.tenants.auth0.misbehave({ method: 'PATCH', status: 500, times: 2 })
    expect((await stage.hub.post(body)).status).toBe(204)
    expect((await stage.hub.post(body)).status).toBe(204)
    expect((await stage.hub.post(body, { authorization: 'wrong' })).status).toBe(401)
    expect((await stage.hub.post('not JSON')).status).toBe(400)
    await eventually(async () => expect((await stage.hub.deliveries()).at(0)?.status).toBe('succeeded'))
    await eventually(async () => {
      const families = await scrape(stage.hub.url)
      const value = (name: string, labels = {}) => sampleOf(families, name, labels)
      const event = { source: 'okta', kind: 'event' }
      // The org's own hook about the drop comes as well, so that there may be more than those four.
      expect(value('bellhop_hooks_received_total', event)).toBeGreaterThanOrEqual(4)
      expect(value('bellhop_hooks_acknowledged_total', event)).toBeGreaterThanOrEqual(2)
      expect(value('bellhop_hooks_refused_total', { ...event, status: '401' })).toBe(1)
      expect(value('bellhop_hooks_refused_total', { ...event, status: '400' })).toBe(1)
      expect(value('bellhop_events_total', { source: 'okta', result: 'duplicate' })).toBeGreaterThanOrEqual(1)
      const sync = { connector: 'auth0', kind: 'sync' }
      expect(value('bellhop_attempts_total', { ...sync, outcome: 'retry' })).toBeGreaterThanOrEqual(1)
      expect(value('bellhop_attempts_total', { ...sync, outcome: 'succeeded' })).toBeGreaterThanOrEqual(1)
      expect(value('bellhop_attempt_duration_seconds_count', sync)).toBeGreaterThanOrEqual(2)
      expect(value('bellhop_lockout_duration_seconds_count', { connector: 'auth0' })).toBe(1)
      expect(value('bellhop_resync_age_seconds', { source: 'okta' })).toBeLessThan(60)
      expect(value('bellhop_verification_age_seconds', { connector: 'auth0' })).toBeLessThan(60)
    })
  })

  test('measure a lockout once, however often it is replayed', async () => {
    await using stage = await setStage({ db, upkeep: {} })
    stage.silently(LENA.oktaId, 'deactivate')
    await stage.hub.post(deactivated())
    await eventually(async () => expect((await stage.hub.deliveries()).at(0)?.status).toBe('succeeded'))
    const lockouts = async () =>
      sampleOf(await scrape(stage.hub.url), 'bellhop_lockout_duration_seconds_count', { connector: 'auth0' })
    const tries = async () => Number((await stage.hub.deliveries()).at(0)?.attempts)
    await eventually(async () => expect(await lockouts()).toBe(1))
    const before = await tries()
    const [delivery] = await stage.hub.deliveries()
    await stage.hub.journal.orders.replay({ ids: [delivery?.id ?? ''] })
    await eventually(async () => expect(await tries()).toBeGreaterThan(before))
    expect(await lockouts()).toBe(1)
  })

  test('name no person, by no id, and nothing that a sender chose', async () => {
    await using stage = await setStage({ db })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await stage.hub.post(oktaHook([{ uuid: 'x', eventType: 'sneaky"type', target: [] }]))
    await fetch(`${stage.hub.url}/hooks/sneaky`, { method: 'POST', body: '{}' })
    await eventually(async () => expect((await stage.hub.deliveries()).at(0)?.status).toBe('succeeded'))
    const text = await (await fetch(`${stage.hub.url}/metrics`)).text()
    expect(text).not.toMatch(new RegExp(`${LENA.oktaId}|${LENA.email}|auth0\\||per_|evt_|dlv_|sneaky`, 'i'))
  })
})

test('each histogram has buckets that add up, the last one with all, a sum and a count', async () => {
  const meter = makeMeter()
  for (const seconds of [0.005, 0.01, 0.3, 7, 1e6]) {
    meter.observe('attemptSeconds', { connector: 'a"b\\c\nd', kind: 'on' }, seconds)
  }
  const families = readMetrics(await (await serveMetrics({ measure: quiet, meter }).request('/metrics')).text())
  const of = { connector: 'a"b\\c\nd', kind: 'on' }
  const bucket = (le: string) => sampleOf(families, 'bellhop_attempt_duration_seconds_bucket', { ...of, le })
  expect(['0.01', '0.25', '0.5', '10', '300', '+Inf'].map(bucket)).toEqual([2, 2, 3, 4, 4, 5])
  expect(sampleOf(families, 'bellhop_attempt_duration_seconds_sum', of)).toBeCloseTo(1_000_007.315)
})

describe('with HUB_METRICS_TOKEN', () => {
  const ask = (headers: Record<string, string>) =>
    serveMetrics({ measure: quiet, metricsToken: 'a-token-of-the-scraper' }).request('/metrics', { headers })

  test.each([
    [{}],
    [{ authorization: 'a-token-of-the-scraper' }],
    [{ authorization: 'Bearer a-token-of-the-scrapes' }],
    [{ authorization: 'Bearer a-token-of-the-scraper-and-more' }],
    [{ authorization: 'Bearer ' }],
    [{ authorization: 'Basic a-token-of-the-scraper' }],
  ])('a scrape with %o is refused and told how', async (headers) => {
    const answer = await ask(headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await answer.text()).not.toMatch(/bellhop_|a-token/)
  })

  test.each(['Bearer', 'bearer'])('a scrape that bears it as %s is answered', async (scheme) => {
    expect((await ask({ authorization: `${scheme} a-token-of-the-scraper` })).status).toBe(200)
  })
})

test('the counters of the process are served while the journal is down, and say that it is', async () => {
  const measure = async () => {
    throw new Error('connection refused')
  }
  const answer = await serveMetrics({ measure, meter: makeMeter() }).request('/metrics')
  expect(answer.status).toBe(200)
  const text = await answer.text()
  expect(text).toContain('bellhop_journal_up 0')
  expect(text).toContain('bellhop_hooks_received_total')
  expect(text).not.toContain('bellhop_owed')
})
