// @module-tag process

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import postgres, { type Sql } from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { type Cluster, startCluster } from '../../lab/chaos/cluster.ts'
import { hookSecret, makeEnvironment } from '../../lab/environment.ts'
import type { Bindings } from '../../src/cloudflare/bindings.ts'
import { makeCheckCache } from '../../src/cloudflare/check-cache.ts'
import { makeWorker, type Worker } from '../../src/cloudflare/make-worker.ts'
import { openHub } from '../../src/cloudflare/open-hub.ts'
import { requireConfiguration } from '../../src/config/configuration.ts'
import { migrate } from '../../src/journal/index.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { countConnections } from '../support/count-connections.ts'
import { type Crowd, startCrowd } from '../support/crowd.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'

// The Worker's own code in this process, on a PostgreSQL behind TCP: what each chance does by itself.
const size = 12
const migrations = await readMigrations()

let cluster: Cluster
let sql: Sql
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.create('edge')
  sql = postgres(cluster.url('edge'), { max: 3, onnotice: () => {} })
  await migrate(sql, migrations)
})
afterAll(async () => {
  await sql?.end({ timeout: 5 })
  await cluster?.close()
})

type Message = { body: unknown; delaySeconds?: number }

let crowd: Crowd
let messages: Message[]
let works: Promise<unknown>[]
let worker: Worker
let env: Record<string, unknown>

beforeEach(async () => {
  await wipe(sql)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  crowd = await startCrowd(size)
  messages = []
  works = []
  worker = makeWorker({ connectors, migrations, timing: { pollSeconds: 0.05 } })
  env = {
    ...makeEnvironment(crowd),
    HUB_BRAKE_PEOPLE: '0',
    HUB_RESYNC: 'off',
    HYPERDRIVE: { connectionString: cluster.url('edge') },
    NUDGES: { send: async () => {}, sendBatch: async (all: Iterable<Message>) => void messages.push(...all) },
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  await crowd.close()
})

const ctx = { waitUntil: (work: Promise<unknown>) => void works.push(work) }

function postHook(): Promise<Response> {
  return worker.fetch(makeRequest(), env, ctx)
}

/** One hook, about everybody or about these. */
function makeRequest(ids: readonly string[] = crowd.ids): Request {
  for (const id of ids) crowd.okta.users.transition(id, 'deactivate')
  const body = oktaHook(ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId })))
  const headers = { 'content-type': 'application/json', authorization: hookSecret }
  return new Request('https://hub.example.test/hooks/okta', { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The client of an invocation is not ended: in this process it stays open. */
async function countSessions(): Promise<number> {
  const [row] = await sql`select count(*)::int from pg_stat_activity where application_name = 'bellhop'`
  return row?.count
}

describe('one invocation', () => {
  test('has never more than four connections outward and two at the database, with a dozen lanes to work', async () => {
    const counter = countConnections({ most: 4, via: globalThis.fetch })
    vi.stubGlobal('fetch', counter.fetch)
    const before = await countSessions()
    expect((await postHook()).status).toBe(204)
    await Promise.all(works)
    expect(crowd.locked()).toEqual(crowd.ids)
    expect(counter.highest()).toBeGreaterThan(1)
    expect((await countSessions()) - before).toBeLessThanOrEqual(2)
  })

  test('commits before it answers, and works the lanes after that, with a message sent before', async () => {
    expect((await postHook()).status).toBe(204)
    const [journaled] = await sql`select count(*)::int from hub.delivery`
    expect(journaled?.count).toBe(size)
    await Promise.all(works)
    const [first] = messages
    expect(first?.delaySeconds).toBe(10)
    const lanes = crowd.ids.map((id) => `auth0/okta/${id}`)
    expect(first?.body).toEqual({ lanes: expect.arrayContaining(lanes) })
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('is kept alive before it answers: a sender that goes away meanwhile does not end what it began', async () => {
    const answer = postHook()
    expect(works).toHaveLength(1)
    expect((await answer).status).toBe(204)
    await Promise.all(works)
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('works the lanes although the queue refuses every message', async () => {
    const refuse = async () => {
      throw new Error('Too Many Requests')
    }
    env.NUDGES = { send: refuse, sendBatch: refuse }
    expect((await postHook()).status).toBe(204)
    await Promise.all(works)
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('works the lanes although the queue does not answer', async () => {
    env.NUDGES = { send: async () => {}, sendBatch: () => new Promise(() => {}) }
    await postHook()
    await Promise.all(works)
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('carries keys of lanes alone into the queue, and nothing of what came', async () => {
    await postHook()
    await Promise.all(works)
    expect(JSON.stringify(messages)).not.toMatch(/deactivate|acme-demo|alternateId/)
  })
})

describe('the numbers of a Worker', () => {
  const ask = (headers = {}) => worker.fetch(new Request('https://hub.example.test/metrics', { headers }), env, ctx)

  test('are told to nobody while no token is set: the whole internet reaches it', async () => {
    expect((await ask()).status).toBe(404)
  })

  test('are told to who bears the token', async () => {
    env = { ...env, HUB_METRICS_TOKEN: 'a-token-of-the-metrics' }
    expect((await ask()).status).toBe(401)
    expect((await ask({ authorization: 'Bearer a-token-of-the-metrics' })).status).toBe(200)
  })
})

describe('a token of Auth0', () => {
  const countTokens = () => crowd.auth0.calls.filter(({ path }) => path === '/oauth/token').length

  /** One hook about one person, and all that follows from it. */
  async function lockOut(id: string): Promise<void> {
    expect((await worker.fetch(makeRequest([id]), env, ctx)).status).toBe(204)
    await Promise.all(works)
    expect(crowd.locked()).toContain(id)
  }

  test('is got once for ten invocations', async () => {
    for (const id of crowd.ids.slice(0, 10)) await lockOut(id)
    expect(countTokens()).toBe(1)
  })

  test('is not used again once Auth0 refused it: the same invocation gets a new one, and the next ones use that', async () => {
    const [first = '', second = '', third = ''] = crowd.ids
    await lockOut(first)
    crowd.auth0.tokens.revoke()
    await lockOut(second)
    expect(countTokens()).toBe(2)
    await lockOut(third)
    expect(countTokens()).toBe(2)
  })

  test('belongs to the environment with which it was got', async () => {
    const [first = '', second = ''] = crowd.ids
    await lockOut(first)
    env = { ...env }
    await lockOut(second)
    expect(countTokens()).toBe(2)
  })
})

describe('a database whose connections end before they begin', () => {
  // A driver connects anew then, and nobody is told.
  let door: Server
  beforeEach(async () => {
    door = createServer((socket) => void socket.end()).listen(0, '127.0.0.1')
    await once(door, 'listening')
    const { port } = door.address() as AddressInfo
    env.HYPERDRIVE = { connectionString: cluster.url('edge', port) }
  })
  afterEach(() => void door.close())

  test('is told by `/readyz` with a 503', async () => {
    const answer = await worker.fetch(new Request('https://hub.example.test/readyz'), env, ctx)
    expect(answer.status).toBe(503)
  })

  test('ends the call of the cron, and has the message of the queue come again', async () => {
    const timing = { chances: { thirdChanceSeconds: 0.5 } }
    const hurried = makeWorker({ connectors, migrations, timing })
    await hurried.scheduled({}, env, ctx)
    await expect(hurried.queue({ messages: [], retryAll: () => {} }, env, ctx)).rejects.toThrow('did not answer')
  })
})

describe('what the invocation of a hook did not work', () => {
  /** The Worker is killed between its answer and all that would have followed. */
  async function postAndDie(): Promise<void> {
    const { HYPERDRIVE, NUDGES, ...settings } = env
    const bindings = { HYPERDRIVE, NUDGES } as Bindings
    const configuration = requireConfiguration(settings as Record<string, string>, connectors)
    expect(
      (
        await openHub({
          configuration,
          bindings,
          migrations,
          files: {},
          timing: undefined,
          checkCache: makeCheckCache(),
        }).answer(makeRequest())
      ).status,
    ).toBe(204)
  }

  test('is worked by the message of the queue', async () => {
    await postAndDie()
    const body = { lanes: crowd.ids.map((id) => `auth0/okta/${id}`) }
    await worker.queue({ messages: [{ body }], retryAll: () => {} }, env, ctx)
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('is worked by the cron', async () => {
    await postAndDie()
    await worker.scheduled({}, env, ctx)
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('asks for a delayed message when it falls due before the cron comes again', async () => {
    crowd.okta.misbehave({ status: 500, times: 1000 })
    await postHook()
    await Promise.all(works)
    expect(crowd.locked()).toEqual([])
    const last = messages.at(-1)
    expect(last?.body).toEqual({ lanes: [] })
    expect(last?.delaySeconds).toBeLessThanOrEqual(3)
  })
})
