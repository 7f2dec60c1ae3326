/**
 * How a person's targets are looked at again, though all was done.
 * - `ids`: the targets that are known, by their ids
 * - `search`: everything that a first look would search for
 * - `grants`: access that the hub took away, and invitations that it sent
 */
export const looks = ['ids', 'search', 'grants'] as const

export type Look = (typeof looks)[number]

/** The types of the hub's own events that cause a verification, one for each look. */
const verifyTypes = {
  ids: 'hub.verify.ids',
  search: 'hub.verify.search',
  grants: 'hub.verify.grants',
} as const satisfies Record<Look, string>

export type VerifyType = (typeof verifyTypes)[Look]

export function verifyTypeOf(look: Look): VerifyType {
  return verifyTypes[look]
}

/** The look that an event of this type asks for; null: it is about something else. */
export function lookOf(eventType: string): Look | null {
  return looks.find((look) => verifyTypes[look] === eventType) ?? null
}
