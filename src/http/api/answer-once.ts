import { sha256, toHex } from '../../core/crypto.ts'
import type { Journal, KeptAnswer } from '../../journal/index.ts'
import { ApiProblem } from './problems.ts'

type Keyed = { caller: string; key: string; method: string; path: string; body: unknown }

/**
 * Answers a request with a key by doing what it asks, or by what was answered when the same came before: within a day
 * the same key does nothing twice. Where the hub died between the act and its answer, the act is done again a minute
 * later: every act of the API is safe to repeat.
 */
export async function answerOnce(
  { orders }: Pick<Journal, 'orders'>,
  { caller, key, method, path, body }: Keyed,
  act: () => Promise<KeptAnswer>,
): Promise<KeptAnswer> {
  const request = toHex(sha256(new TextEncoder().encode(JSON.stringify([method, path, body]))))
  const turn = await orders.takeKey({ caller, key, request })
  if (turn === 'other') {
    throw new ApiProblem('key_reused', 'This Idempotency-Key came before with another request. Take a new one.')
  }
  if (turn === 'under_way') {
    throw new ApiProblem('under_way', 'The same request is being worked on. Ask again in a moment.')
  }
  if (turn !== 'begun') return turn
  try {
    const done = await act()
    await orders.keepAnswer({ caller, key, ...done })
    return done
  } catch (thrown) {
    await orders.giveKeyBack({ caller, key }).catch(() => {})
    throw thrown
  }
}
