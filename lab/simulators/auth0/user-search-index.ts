import { clone } from '../values.ts'
import type { Auth0User } from './user.ts'
import { compileUserSearch } from './user-search.ts'

type SearchIndex = {
  put: (user: Auth0User) => void
  remove: (userId: string) => void
  search: (query: string | undefined) => Auth0User[]
  refresh: () => void
  close: () => void
}

/**
 * What `GET /users` sees: eventually the truth (Auth0 docs: user search). With a lag of Infinity only `refresh` brings
 * it up to date.
 */
export function createSearchIndex(lagMs: number): SearchIndex {
  const indexed = new Map<string, Auth0User>()
  let waiting: { apply: () => void; timer: NodeJS.Timeout | undefined }[] = []

  const later = (apply: () => void) => {
    if (lagMs === 0) return apply()
    const entry = {
      apply,
      timer: Number.isFinite(lagMs) ? setTimeout(() => settle(entry), lagMs) : undefined,
    }
    waiting.push(entry)
  }

  const settle = (entry: (typeof waiting)[number]) => {
    waiting = waiting.filter((other) => other !== entry)
    entry.apply()
  }

  return {
    put: (user) => {
      const copy = clone(user)
      later(() => void indexed.set(copy.user_id, copy))
    },
    remove: (userId) => later(() => void indexed.delete(userId)),
    search: (query) => {
      const users = [...indexed.values()]
      return clone(query === undefined ? users : users.filter(compileUserSearch(query)))
    },
    refresh: () => {
      for (const entry of [...waiting]) {
        clearTimeout(entry.timer)
        settle(entry)
      }
    },
    close: () => {
      for (const { timer } of waiting) clearTimeout(timer)
    },
  }
}
