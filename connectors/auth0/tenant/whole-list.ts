import { isRecord } from '../../../src/index.ts'

/** A page of a list, as the SDK has it. */
export type ListPage<T> = {
  data: T[]
  response: unknown
  hasNextPage(): boolean
  getNextPage(): Promise<ListPage<T>>
}

/**
 * Returns the elements of a page. The SDK takes an answer without a list for an empty one, and a page that is shorter than
 * it asked for as the last one; but Auth0 tells with `include_totals` how many there are. What a list was cut short of is
 * not absent.
 * @throws Error when there is no list, or there are more elements than came
 */
export function assertWhole<T>(page: ListPage<T>, before = 0): T[] {
  const { response, data } = page
  if (!isRecord(response) || !Object.values(response).some(Array.isArray)) {
    throw new Error('Auth0 answered something other than a list')
  }
  const come = before + data.length
  if (!page.hasNextPage() && typeof response.total === 'number' && response.total > come) {
    throw new Error(`Auth0 has ${response.total} elements in a list and gave ${come}`)
  }
  return data
}
