import { afterEach, expect, test, vi } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { makeWorker } from '../../src/cloudflare/make-worker.ts'

const logged = vi.spyOn(console, 'log').mockImplementation(() => {})
afterEach(() => logged.mockClear())

const ctx = { waitUntil: () => {} }
const value = 'https://acme.example.test/and-more'

function ask(env: Record<string, unknown>): Promise<Response> {
  return makeWorker({ connectors, migrations: [] }).fetch(new Request('https://hub.example.test/healthz'), env, ctx)
}

test('a Worker that is not configured answers 503 with the names of all that is wrong, and no value', async () => {
  const answer = await ask({ OKTA_ORG_URL: value, HUB_MODE: 'nonsense' })
  expect(answer.status).toBe(503)
  const problem = (await answer.json()) as { detail: string }
  expect(problem).toMatchObject({ code: 'misconfigured', status: 503 })
  for (const name of ['HUB_MODE', 'HYPERDRIVE', 'NUDGES', 'OKTA_HOOK_SECRETS']) expect(problem.detail).toContain(name)
  expect(JSON.stringify(problem)).not.toMatch(/nonsense|acme/)
})

test('what is wrong is logged all at once, once in the life of an isolate', async () => {
  const worker = makeWorker({ connectors, migrations: [] })
  const env = {}
  for (const path of ['healthz', 'readyz'])
    await worker.fetch(new Request(`https://hub.example.test/${path}`), env, ctx)
  const lines = logged.mock.calls.map(([line]) => JSON.parse(String(line)))
  expect(lines.filter(({ setting }) => setting === 'NUDGES')).toHaveLength(1)
  expect(lines.find(({ setting }) => setting === 'OKTA_ORG_URL')).toMatchObject({ level: 'error' })
})

test('a queue’s messages come again later while the Worker is not configured', async () => {
  const retryAll = vi.fn()
  await makeWorker({ connectors, migrations: [] }).queue({ messages: [], retryAll }, {}, ctx)
  expect(retryAll).toHaveBeenCalledWith({ delaySeconds: 60 })
})
