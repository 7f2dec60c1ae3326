import { expect, test } from 'vitest'
import { UsageError } from '../../src/core/errors.ts'
import { serveHealth } from '../../src/http/health.ts'
import { serveMetrics } from '../../src/http/metrics.ts'

test('a hub without its journal is alive, but not ready', async () => {
  const app = serveHealth({
    ready: async () => {
      throw new Error('password of the database')
    },
  })
  expect((await app.request('/healthz')).status).toBe(200)
  const answer = await app.request('/readyz')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.text()).not.toContain('password')
})

test('a hub that does not work with the schema says what, why and what to do', async () => {
  const app = serveHealth({
    ready: async () => {
      throw new UsageError({ what: 'It is newer.', why: 'It holds 0009.', fix: 'Run the newer one.' })
    },
  })
  const answer = await app.request('/readyz')
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({
    code: 'not_ready',
    detail: 'It is newer. It holds 0009. Run the newer one.',
  })
})

test('a hub with a migrated journal is ready', async () => {
  const answer = await serveHealth({ ready: async () => {} }).request('/readyz')
  expect(await answer.json()).toEqual({ status: 'ready' })
})

test('the metrics are Prometheus text, with a zero for what is not there', async () => {
  const measure = async () => ({
    deliveries: [{ status: 'held', count: 2 }],
    oldestDueSeconds: 1.5,
    owed: 1,
    paused: ['auth0'],
  })
  const lines = (await (await serveMetrics({ measure }).request('/metrics')).text()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'bellhop_deliveries_open{status="held"} 2',
      'bellhop_deliveries_open{status="failed"} 0',
      'bellhop_oldest_due_seconds 1.5',
      'bellhop_connector_paused{connector="auth0"} 1',
    ]),
  )
  for (const line of lines) expect(line).toMatch(/^(#( HELP| TYPE) \w+ .+|\w+({\w+="\w+"})? [\d.]+)?$/)
})
