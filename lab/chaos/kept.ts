import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isRecord } from '../../src/core/json.ts'
import type { Result } from './judge.ts'
import type { Task } from './worker.ts'

/** A part that was played, with how long it took. */
export type Part = { task: Task; result: Result; postgres: string; seconds: number }

/** Parts played before, one line of JSON each: what a run of hours had come to when it was ended. */
export type Kept = {
  parts: readonly Part[]
  keep(part: Part): Promise<void>
}

const line = z.object({
  task: z.object({ scenario: z.string(), rounds: z.number(), leaseSeconds: z.number(), seed: z.number() }),
  // Written by `keep` alone, so that the shape of a result needs no second description here.
  result: z.custom<Result>((given) => isRecord(given)),
  postgres: z.string(),
  seconds: z.number(),
})

/** @throws When the file holds something else, or parts that `tasks` does not ask for: another run's. */
export async function openKept(file: string | undefined, tasks: readonly Task[]): Promise<Kept> {
  if (!file) return { parts: [], keep: async () => {} }
  const text = await readFile(file, 'utf8').catch((thrown) => {
    if (thrown.code === 'ENOENT') return ''
    throw thrown
  })
  const parts = text
    .split('\n')
    .filter(Boolean)
    .map((one) => line.parse(JSON.parse(one)))
  const strange = parts.find(({ task }) => !tasks.some((one) => isSame(one, task)))
  if (strange)
    throw new Error(`${file} keeps another run: ${JSON.stringify(strange.task)}. Name its rounds, lease and seed.`)
  return { parts, keep: (part) => appendFile(file, `${JSON.stringify(part)}\n`) }
}

export function isSame(one: Task, other: Task): boolean {
  const keyOf = ({ scenario, rounds, leaseSeconds, seed }: Task) => [scenario, rounds, leaseSeconds, seed].join()
  return keyOf(one) === keyOf(other)
}
