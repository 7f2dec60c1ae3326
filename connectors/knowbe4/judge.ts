import { accept, reject, type Validation } from '../../src/index.ts'
import { type KnowBe4Config, makeTrainingUrl } from './config.ts'
import type { Enrollment } from './enrollments.ts'

const dayMs = 86_400_000

type Question = { training: string; enrollments: readonly Enrollment[]; config: KnowBe4Config; now: Date }

/** Accepts when the training is completed recently enough. The newest completion counts. */
export function judgeTraining({ training, enrollments, config, now }: Question): Validation {
  const { KNOWBE4_MAX_AGE_DAYS: maxAgeDays } = config
  const where = `You find it at ${makeTrainingUrl(config)}`
  const ofTraining = enrollments.filter(({ module_name }) => isSame(module_name, training))
  const [first] = ofTraining
  if (!first) {
    return reject(
      `You are not enrolled in the training "${training}". Ask whoever runs your security training to enrol you, complete it, and ask again. ${where}.`,
    )
  }
  const completedAt = findNewestCompletion(ofTraining.filter(({ status }) => isPassed(status, config)))
  if (completedAt === null) {
    const states = [...new Set(ofTraining.map(({ status }) => status))].join(', ')
    return reject(`Complete the training "${training}" first: KnowBe4 has it as "${states}". ${where}; then ask again.`)
  }
  if (maxAgeDays === undefined || now.getTime() - completedAt <= maxAgeDays * dayMs) return accept()
  const day = new Date(completedAt).toISOString().slice(0, 10)
  return reject(
    `You completed the training "${training}" on ${day}, which is more than ${maxAgeDays} days ago. Repeat it, and ask again. ${where}.`,
  )
}

function isSame(name: string, other: string): boolean {
  return name.trim().toLowerCase() === other.trim().toLowerCase()
}

function isPassed(status: string, { KNOWBE4_PASSED_STATUSES }: KnowBe4Config): boolean {
  return KNOWBE4_PASSED_STATUSES.some((passed) => isSame(passed, status))
}

/**
 * The newest date of completion; one that cannot be read does not count beside others.
 * @throws Error when none can be read, because the age would be a guess
 */
function findNewestCompletion(completed: readonly Enrollment[]): number | null {
  const times = completed
    .map(({ completion_date: date }) => Date.parse(date ?? ''))
    .filter((time) => !Number.isNaN(time))
  if (completed.length > 0 && times.length === 0) {
    throw new Error('KnowBe4 has a completed training without a date of completion')
  }
  return times.length === 0 ? null : Math.max(...times)
}
