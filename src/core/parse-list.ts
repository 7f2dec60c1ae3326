import type { z } from 'zod'

/** A list of a vendor's answer, read element by element; `odd`: how many elements did not fit. */
export type ParsedList<T> = { items: T[]; odd: number }

/**
 * Reads a list of a vendor's answer element by element: a null, a deleted user or an unknown word in one element spoils
 * nothing else. Whoever looks for an element and does not find it must mind `odd`: one of those may be it. A null is no
 * element.
 * @returns null when it is no list, or one in which nothing fits: that is another shape, and does not say that nothing is there
 */
export function parseList<T>(element: z.ZodType<T>, list: unknown): ParsedList<T> | null {
  if (!Array.isArray(list)) return null
  const read = list.filter((one) => one !== null && one !== undefined).map((one) => element.safeParse(one))
  const items = read.flatMap((one) => (one.success ? [one.data] : []))
  return list.length > 0 && items.length === 0 ? null : { items, odd: read.length - items.length }
}
