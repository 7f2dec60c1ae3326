import { expect, test, vi } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { diagnose } from '../../src/cloudflare/diagnose.ts'
import { makeWorker } from '../../src/cloudflare/make-worker.ts'

vi.spyOn(console, 'log').mockImplementation(() => {})

const token = 'a-token-of-the-diagnosis'
const value = 'https://acme.example.test/and-more'
const ctx = { waitUntil: () => {} }

test('a Worker that lacks bindings and secrets tells their names, and no value', async () => {
  const worker = makeWorker({ connectors, migrations: [] })
  const request = new Request('https://hub.example.test/diagnosis', { headers: { authorization: `Bearer ${token}` } })
  const answer = await worker.fetch(request, { HUB_DIAGNOSIS_TOKEN: token, OKTA_ORG_URL: value }, ctx)
  expect(answer.status).toBe(200)
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({
    wrong: expect.arrayContaining(['HYPERDRIVE', 'NUDGES', 'OKTA_HOOK_SECRETS']),
    settings: ['HUB_DIAGNOSIS_TOKEN', 'OKTA_ORG_URL'],
    bindings: { HYPERDRIVE: false, NUDGES: false },
    database: { reachable: false },
  })
  for (const secret of [token, value]) expect(text).not.toContain(secret)
})

test('a database that is not there is said to be unreachable', async () => {
  const env = { HYPERDRIVE: { connectionString: 'postgres://a:b@127.0.0.1:1/c' } }
  const { database } = await diagnose({ env, problems: [], migrations: [] })
  expect(database.reachable).toBe(false)
})
