/** The account that access was given to. A login can be changed, and be taken by a stranger then; the account id stays. */
export type AccountLink = { accountId: number | null; login: string }

/** Writes it as the hub remembers it: `583231:ada-k`, or the login alone where GitHub did not tell the id. */
export function writeLink({ accountId, login }: AccountLink): string {
  return accountId === null ? login : `${accountId}:${login}`
}

export function readLink(value: string): AccountLink | null {
  const [, id, login] = /^(?:(\d+):)?([a-z0-9][a-z0-9_-]*)$/i.exec(value) ?? []
  if (login === undefined) return null
  return { accountId: id === undefined ? null : Number(id), login: login.toLowerCase() }
}
