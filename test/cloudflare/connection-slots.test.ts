import { describe, expect, test } from 'vitest'
import { makeConnectionSlots, mostConnections } from '../../src/cloudflare/connection-slots.ts'
import { makeFetchInSlots } from '../../src/cloudflare/fetch-in-slots.ts'
import { countConnections } from '../support/count-connections.ts'

const call = (url = 'https://vendor.example.test/') => new Request(url)

describe('the slots of an invocation', () => {
  test('are never more than the platform has connections', () => {
    expect(() => makeConnectionSlots({ database: 3, outward: 4 })).toThrow(RangeError)
    expect(makeConnectionSlots().database + 4).toBe(mostConnections)
  })

  test('are given to those who wait in the order in which they came', async () => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const leave = await slots.take()
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (i) => {
      const end = await slots.take()
      order.push(i)
      end()
    })
    leave()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
  })

  test('are given back once, however often the end is told', async () => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const leave = await slots.take()
    leave()
    leave()
    await slots.take()
    await expect(slots.take(AbortSignal.timeout(20))).rejects.toThrow()
  })

  test('are not waited for by a call whose time is over, and nobody behind it waits longer', async () => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const leave = await slots.take()
    const ended = slots.take(AbortSignal.timeout(10))
    const next = slots.take()
    await expect(ended).rejects.toThrow()
    leave()
    await expect(next).resolves.toBeTypeOf('function')
  })
})

describe('a fetch in slots', () => {
  test('never has more connections open than there are slots, and the counter that says so does count', async () => {
    const counter = countConnections({ most: 4 })
    const fetchInSlots = makeFetchInSlots(makeConnectionSlots(), counter.fetch)
    await Promise.all(Array.from({ length: 20 }, async () => (await fetchInSlots(call())).text()))
    expect(counter.highest()).toBe(4)
    // Without slots the same calls are refused by the counter.
    const past = Promise.all(Array.from({ length: 5 }, async () => (await counter.fetch(call())).text()))
    await expect(past).rejects.toThrow('5 connections')
  })

  test('holds its slot until the body has been read', async () => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const fetchInSlots = makeFetchInSlots(slots, async () => new Response('a body'))
    const answer = await fetchInSlots(call())
    await expect(slots.take(AbortSignal.timeout(20))).rejects.toThrow()
    expect(await answer.text()).toBe('a body')
    await expect(slots.take(AbortSignal.timeout(1000))).resolves.toBeTypeOf('function')
  })

  test.each([
    ['has no body', async () => new Response(null, { status: 204 })],
    ['is cancelled', async () => new Response('a body')],
  ])('gives its slot back when an answer %s', async (what, via) => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const answer = await makeFetchInSlots(slots, via)(call())
    if (what === 'is cancelled') await answer.body?.cancel()
    await expect(slots.take(AbortSignal.timeout(1000))).resolves.toBeTypeOf('function')
  })

  test('gives its slot back when the call fails, and when the time of one is over whose body nobody reads', async () => {
    const slots = makeConnectionSlots({ database: 2, outward: 1 })
    const failing = makeFetchInSlots(slots, () => Promise.reject(new TypeError('fetch failed')))
    await expect(failing(call())).rejects.toThrow('fetch failed')
    await makeFetchInSlots(slots, async () => new Response('a body'))(call(), { signal: AbortSignal.timeout(20) })
    await expect(slots.take(AbortSignal.timeout(1000))).resolves.toBeTypeOf('function')
  })

  test('hands on the answer as it was: status, headers, address', async () => {
    const via = async () =>
      Object.defineProperty(new Response('no', { status: 404, headers: { a: 'b' } }), 'url', { value: 'https://a/' })
    const answer = await makeFetchInSlots(makeConnectionSlots(), via)(call())
    expect([answer.status, answer.headers.get('a'), answer.url, await answer.text()]).toEqual([
      404,
      'b',
      'https://a/',
      'no',
    ])
  })
})
