import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { boundBodies } from '../../src/http/bound-bodies.ts'

function makeDoor(mostBytes: number) {
  const waiting: (() => void)[] = []
  const app = new Hono().post('/', boundBodies(mostBytes), async (c) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return c.body(null, 204)
  })
  const post = (length: string | undefined, headers: Record<string, string> = {}) =>
    app.request('/', { method: 'POST', headers: { ...headers, ...(length ? { 'content-length': length } : {}) } })
  const answerAll = () => {
    for (const answer of waiting.splice(0)) answer()
  }
  return { post, answerAll, waiting }
}

test('bodies beyond the bytes of a door are answered 503 with Retry-After, unread (attack 7)', async () => {
  const { post, answerAll, waiting } = makeDoor(1000)
  const held = [post('600'), post('400')]
  await expect.poll(() => waiting.length).toBe(2)
  const refused = await post('1')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await refused.json()).toMatchObject({ code: 'too_busy' })
  answerAll()
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([204, 204])
  const again = post('1000')
  await expect.poll(() => waiting.length).toBe(1)
  answerAll()
  expect((await again).status).toBe(204)
})

test.each([
  ['that announces no length', undefined, {}],
  ['that is packed', '10', { 'content-encoding': 'gzip' }],
  ['that comes in chunks', '10', { 'transfer-encoding': 'chunked' }],
  ['that announces nonsense', 'many', {}],
])('a body %s counts as the largest one (attack 7)', async (_what, length, headers) => {
  const { post, answerAll, waiting } = makeDoor(1024 * 1024)
  const held = post(length, headers)
  await expect.poll(() => waiting.length).toBe(1)
  expect((await post('1')).status).toBe(503)
  answerAll()
  expect((await held).status).toBe(204)
})
