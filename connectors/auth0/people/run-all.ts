import { CredentialError, RetryAfterError } from '../../../src/index.ts'

export type Task<T> = { target: string; run: () => Promise<T> }

/** A search or a read that failed. `target`: a user's id, or the text of the search. */
export type Unseen = { target: string; error: unknown }

/**
 * Runs the tasks side by side and collects their failures, so that a person's known users can be denied although a search
 * failed. What concerns every call (a refused credential, a rate limit, a lost lease) is thrown.
 */
export async function runAll<T>(
  tasks: readonly Task<T>[],
  signal: AbortSignal,
  atOnce: number = tasks.length,
): Promise<{ values: T[]; unseen: Unseen[] }> {
  const results = await settleAll(tasks, atOnce)
  const values: T[] = []
  const unseen: Unseen[] = []
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') values.push(result.value)
    else unseen.push({ target: tasks[index]?.target ?? '', error: result.reason })
  }
  const common = unseen.find(({ error }) => error instanceof CredentialError || error instanceof RetryAfterError)
  if (common) throw common.error
  if (signal.aborted && unseen[0]) throw unseen[0].error
  return { values, unseen }
}

/** The same as `Promise.allSettled`, with a bound. Each task begins as soon as there is room for it, in their order. */
async function settleAll<T>(tasks: readonly Task<T>[], atOnce: number): Promise<PromiseSettledResult<T>[]> {
  const results: Promise<T>[] = []
  const waiting = tasks.values()
  const work = async () => {
    for (const { run } of waiting) {
      const result = run()
      results.push(result)
      await result.catch(() => {})
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, work))
  return Promise.allSettled(results)
}

/** Waits for both, also when one fails, so that no call of theirs outlasts the plan. */
export async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}
