import { expect, test } from 'vitest'
import type { Queue } from '../../src/cloudflare/bindings.ts'
import { readNudges, sendNudges } from '../../src/cloudflare/nudges.ts'

type Sent = { body: unknown; delaySeconds?: number }

async function send(lanes: readonly string[], delaySeconds: number): Promise<Sent[]> {
  const sent: Sent[] = []
  const queue: Queue = {
    send: async () => {},
    sendBatch: async (messages) => void sent.push(...messages),
  }
  await sendNudges(queue, lanes, { delaySeconds })
  return sent
}

const longestKey = (i: number) => `auth0/okta/${String(i).padStart(300, '0')}`

test('the keys of many lanes go out in messages below 128 KB each, and all of them arrive', async () => {
  const lanes = Array.from({ length: 1000 }, (_, i) => longestKey(i))
  const sent = await send(lanes, 10)
  for (const { body } of sent) expect(JSON.stringify(body).length).toBeLessThan(128_000)
  expect(readNudges(sent)).toEqual(lanes)
})

test('a delay goes out in whole seconds, rounded up, because a queue takes no others', async () => {
  expect((await send([], 0.2)).map(({ delaySeconds }) => delaySeconds)).toEqual([1])
})

test('without keys one message goes out, which asks for whatever is due', async () => {
  expect(await send([], 5)).toEqual([{ body: { lanes: [] }, delaySeconds: 5 }])
})

test.each([null, 'lanes', { lanes: 'a' }, { lanes: [1, { key: 'a' }] }, {}])('a message %j names no lane', (body) => {
  expect(readNudges([{ body }])).toEqual([])
})

test('a lane that several messages name is named once', () => {
  const body = { lanes: ['auth0/okta/00u1'] }
  expect(readNudges([{ body }, { body }])).toEqual(['auth0/okta/00u1'])
})
