import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats a check until it holds; at the deadline its last failure is the test's. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { withinSeconds = 20, everyMs = 20 } = {},
): Promise<T> {
  const deadline = Date.now() + withinSeconds * 1000
  for (;;) {
    try {
      return await check()
    } catch (thrown) {
      if (Date.now() >= deadline) throw thrown
      await sleep(everyMs)
    }
  }
}

/** Asks again until there is an answer; fails after ten seconds. */
export async function until<T>(question: () => Promise<T | undefined | null | false>): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await question()
    if (answer) return answer
    if (performance.now() > deadline) throw new Error('It did not come true within 10 s.')
    await sleep(25)
  }
}
