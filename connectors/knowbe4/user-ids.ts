import { foldEmail } from '../../src/index.ts'

/**
 * The ids of KnowBe4's users by e-mail, as far as they were read, and how far that is. The API has no search by e-mail,
 * so that the list of active users must be read; it may be longer than the rate limit lets one question read.
 */
export type UserIds = {
  get(email: string): number | undefined
  set(email: string, id: number): void
  /** It was wrong: the list is read anew. */
  forget(email: string): void
  /** The page at which the reading goes on. */
  nextPage: number
  /** Unix milliseconds at which the list was begun at its first page; null: no such reading is under way. */
  begunAt: number | null
  /** Unix milliseconds at which the list that was read to its end had been begun. */
  completeSince: number | null
  /** One question reads at a time; the others wait, and find what it read. */
  reading: Promise<unknown>
}

export function makeUserIds(): UserIds {
  const ids = new Map<string, number>()
  const own: UserIds = {
    get: (email) => ids.get(foldEmail(email)),
    set: (email, id) => void ids.set(foldEmail(email), id),
    forget: (email) => {
      ids.delete(foldEmail(email))
      own.completeSince = null
    },
    nextPage: 1,
    begunAt: null,
    completeSince: null,
    reading: Promise.resolve(),
  }
  return own
}
