import { describe, expect, test } from 'vitest'
import { CredentialError, PermanentError, RetryAfterError, TimeoutError } from '../../src/core/errors.ts'
import { retryRead } from '../../src/outbound/retry.ts'

const cut = () =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('read'), { code: 'ECONNRESET' }) })

async function triesUntil(succeedsAt: number, failure: () => Error): Promise<{ tries: number; ended: unknown }> {
  let tries = 0
  const read = async () => {
    tries++
    if (tries < succeedsAt) throw failure()
    return 'answer'
  }
  const ended = await retryRead(read).catch((thrown: unknown) => thrown)
  return { tries, ended }
}

describe('retries inside one attempt', () => {
  test('a cut connection is tried twice more', async () => {
    expect(await triesUntil(3, cut)).toEqual({ tries: 3, ended: 'answer' })
    expect((await triesUntil(9, cut)).tries).toBe(3)
  })

  test.each([
    ['a permanent error', () => new PermanentError('no')],
    ['a permanent error below a client’s own', () => new Error('ECONNRESET', { cause: new PermanentError('no') })],
    ['a refused credential', () => new CredentialError('no')],
    ['a time to come back', () => new RetryAfterError('later', { retryAfterSeconds: 9 })],
    ['an answer that never came', () => new TimeoutError('late')],
    ['an answer of the vendor', () => new Error('answered 500')],
  ])('%s is left to the schedule', async (_, failure) => {
    expect((await triesUntil(2, failure)).tries).toBe(1)
  })
})
