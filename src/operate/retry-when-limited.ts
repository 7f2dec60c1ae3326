import { RetryAfterError } from '../core/errors.ts'

const triesWhenLimited = 5
const longestWaitSeconds = 300

/** A vendor's rate limit is no answer: it is waited for. */
export async function retryWhenLimited<T>(
  wait: (seconds: number) => Promise<void>,
  work: () => Promise<T>,
  triesLeft = triesWhenLimited,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof RetryAfterError) || triesLeft <= 1) throw thrown
    await wait(Math.min(thrown.retryAfterSeconds, longestWaitSeconds))
    return retryWhenLimited(wait, work, triesLeft - 1)
  }
}
