/** Who did something at the authority, as an event says: for people to read. Nothing is decided by it. */
export type Actor = { id: string | null; name: string | null; login: string | null }

/** Such as `Ops Robot (ops@acme.com, 00u1)`. */
export function describeActor({ id, name, login }: Actor): string {
  const [first = '', ...rest] = [name, login, id].filter((word) => word !== null)
  return rest.length > 0 ? `${first} (${rest.join(', ')})` : first
}
