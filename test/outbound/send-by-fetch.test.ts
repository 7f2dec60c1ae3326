import { expect, test } from 'vitest'
import { AddressRefusedError } from '../../src/core/errors.ts'
import { retryRead } from '../../src/outbound/retry.ts'
import { makeSendByFetch } from '../../src/outbound/send-by-fetch.ts'

const call = { method: 'GET', url: 'https://badge.example.com/', headers: {} } as const
const limits = { signal: new AbortController().signal, mostBytes: 1024 }

/** Sends by a `fetch` that fails so, and tells what comes of it and how often it was tried. */
async function failing(thrown: unknown): Promise<{ thrown: unknown; tries: number }> {
  let tries = 0
  const send = makeSendByFetch(async () => {
    tries++
    throw thrown
  })
  const outcome = await retryRead(() => send(call, limits)).catch((error: unknown) => error)
  return { thrown: outcome, tries }
}

// The words are those that workerd 1.20261023 throws, without a code.
test.each([
  ['Network connection lost.', 'ECONNRESET', 3],
  ['Gzip decompression failed.', 'Z_DATA_ERROR', 1],
  ['Invalid header value.', 'ERR_INVALID_CHAR', 1],
  ['internal error; reference = vnv2p5e7t4orhrfgncvgdhu1', 'ERR_FETCH', 1],
])('workerd’s “%s” is called %s, and a read of it is tried %i times', async (words, code, tries) => {
  expect(await failing(new Error(words))).toMatchObject({ thrown: { name: 'SendError', message: code, code }, tries })
})

test('what a guard refuses while it connects is thrown as it is, and tried once', async () => {
  const refused = new AddressRefusedError('db.example.com was not called')
  expect(await failing(new TypeError('fetch failed', { cause: refused }))).toEqual({ thrown: refused, tries: 1 })
})

test('a name that is not found is not tried again, though fetch calls it “fetch failed” as well', async () => {
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND badge.example.com'), { code: 'ENOTFOUND' })
  const outcome = await failing(new TypeError('fetch failed', { cause }))
  expect(outcome).toMatchObject({ thrown: { code: 'ENOTFOUND' }, tries: 1 })
})

test('a letter that is cut in two by the network is read whole', async () => {
  const bytes = new TextEncoder().encode('Grüße')
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  const send = makeSendByFetch(async () => new Response(body))
  expect((await send(call, limits)).text).toBe('Grüße')
})
