import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { takeTurns } from '../../../src/http/api/take-turns.ts'

/** Lets in who bears `good`; everybody's request hangs until it is told to go on. */
function serve() {
  const hanging: (() => void)[] = []
  let hangs = false
  const app = new Hono<{ Variables: { traceId: string } }>()
  app.use(takeTurns())
  app.get('/', async (c) => {
    if (hangs) await new Promise<void>((resolve) => hanging.push(resolve))
    return c.text('', c.req.header('authorization')?.startsWith('good') ? 200 : 401)
  })
  const ask = async (authorization: string | null) =>
    (await app.request('/', { headers: authorization === null ? {} : { authorization } })).status
  return {
    ask,
    hang: () => {
      hangs = true
    },
    goOn: () => {
      hangs = false
      for (const resolve of hanging.splice(0)) resolve()
    },
    count: () => hanging.length,
  }
}

const turnLoop = () => new Promise((resolve) => setTimeout(resolve, 0))

test('a flood of unknown tokens takes no turn of a caller who was let in before', async () => {
  const { ask, hang, goOn, count } = serve()
  expect(await ask('good 1')).toBe(200)
  hang()
  const flood = Array.from({ length: 300 }, (_, i) => ask(`made up ${i}`))
  await turnLoop()
  expect(count()).toBe(2)
  const asked = Array.from({ length: 6 }, () => ask('good 1'))
  await turnLoop()
  expect(count()).toBe(8)
  goOn()
  expect(await Promise.all(asked)).toEqual([200, 200, 200, 200, 200, 200])
  const statuses = await Promise.all(flood)
  expect([401, 503].map((status) => statuses.filter((one) => one === status).length)).toEqual([102, 198])
})

test('known callers wait for each other, a hundred of them, and who comes then is told to ask again', async () => {
  const { ask, hang, goOn, count } = serve()
  await ask('good 1')
  hang()
  const asked = Array.from({ length: 110 }, () => ask('good 1'))
  await turnLoop()
  expect(count()).toBe(6)
  goOn()
  const statuses = await Promise.all(asked)
  expect([200, 503].map((status) => statuses.filter((one) => one === status).length)).toEqual([106, 4])
})

test('a token that was refused is known no longer, and a request with none waits for nobody', async () => {
  const { ask, hang, goOn, count } = serve()
  expect([await ask('bad'), await ask('bad')]).toEqual([401, 401])
  hang()
  const asked = [...Array.from({ length: 5 }, () => ask('bad')), ask(null)]
  await turnLoop()
  expect(count()).toBe(3)
  goOn()
  expect(await Promise.all(asked)).toEqual([401, 401, 401, 401, 401, 401])
})
