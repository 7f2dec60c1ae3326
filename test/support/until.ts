import { setTimeout as sleep } from 'node:timers/promises'

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
