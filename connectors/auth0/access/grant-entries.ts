import { z } from 'zod'
import { PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { parseTarget } from '../tenant/config.ts'

/** ISO time. */
const moment = z.string()

/** A role that ends, tenant-wide or within an organization. */
const roleEntry = z.object({
  kind: z.literal('role'),
  id: z.string(),
  /** As Auth0 names it to the Action, which sees no ids. */
  name: z.string(),
  organization: z.string().optional(),
  until: moment,
})

/** A membership that the hub made: for its own sake (`organization`) or for roles (their ids), each with its end. */
const organizationEntry = z.object({
  kind: z.literal('organization'),
  id: z.string(),
  name: z.string(),
  /** The latest of the ends in `for`; null: one of them has none. */
  until: moment.nullable(),
  for: z.record(z.string(), moment.nullable()),
})

export type GrantEntry = z.output<typeof roleEntry> | z.output<typeof organizationEntry>

const grantEntries = z.array(z.discriminatedUnion('kind', [roleEntry, organizationEntry]))

/**
 * The key beside the status object, not inside it: a PATCH replaces nested objects whole, so that two writers of one
 * object would lose each other's (Auth0 docs: "Manage metadata with the Management API").
 */
export function grantsKey({ AUTH0_METADATA_KEY: key }: Pick<Auth0Config, 'AUTH0_METADATA_KEY'>): string {
  return `${key}_grants`
}

/** The hub's entries on a user: `foreign` when something else lives under their key. */
export function grantEntriesOf(user: Auth0User, key: string): { entries: GrantEntry[]; foreign: boolean } {
  const value = user.app_metadata[key]
  if (value === undefined || value === null) return { entries: [], foreign: false }
  const parsed = grantEntries.safeParse(value)
  return parsed.success ? { entries: parsed.data, foreign: false } : { entries: [], foreign: true }
}

/** Which access an entry is about, as a target of the allow-list. */
export function targetOfEntry(entry: GrantEntry): string {
  if (entry.kind === 'organization') return `organization:${entry.id}`
  return entry.organization ? `organization:${entry.organization}/role:${entry.id}` : `role:${entry.id}`
}

export function untilOf(entries: GrantEntry[], target: string): string | null {
  return entries.find((entry) => targetOfEntry(entry) === target)?.until ?? null
}

export function isOver(entry: GrantEntry, now: Date): boolean {
  return entry.until !== null && Date.parse(entry.until) <= now.getTime()
}

/** What is asked for, with the names that the Action will see. */
export type Granted = { target: string; roleName?: string; organizationName?: string }

type GrantFacts = {
  granted: Granted[]
  /** Targets that the user had before. */
  held: ReadonlySet<string>
  until: string | null
  now: Date
}

/**
 * The entries after a grant. One with an end is noted, unless what is held now already ends later: access ends with its
 * last grant. One without an end takes the note away. Access that was there before, without a note, was somebody
 * else's doing: it gets none, and stays. Entries that are over go, unless the user still has what they are about: without the note it would count again.
 */
export function entriesAfterGrant(before: GrantEntry[], facts: GrantFacts): GrantEntry[] {
  const kept = before.filter((entry) => !isOver(entry, facts.now) || facts.held.has(targetOfEntry(entry)))
  // A membership for its own sake comes last, so that one without an end outlasts the roles it is asked for with.
  const inOrder = facts.granted.toSorted((a, b) => Number(isMembership(a)) - Number(isMembership(b)))
  return inOrder.reduce((entries, one) => withMembership(withRole(entries, one, facts), one, facts), kept)
}

function withRole(entries: GrantEntry[], one: Granted, { held, until }: GrantFacts): GrantEntry[] {
  const asked = parseTarget(one.target)
  if (asked.kind === 'organization') return entries
  const others = entries.filter((entry) => targetOfEntry(entry) !== one.target)
  if (until === null) return others
  const isHeld = held.has(one.target)
  if (isHeld && others.length === entries.length) return entries
  const noted = isHeld ? untilOf(entries, one.target) : null
  const within = asked.kind === 'member_role' ? { organization: asked.organization } : {}
  return [
    ...others,
    { kind: 'role', id: asked.role, name: one.roleName ?? asked.role, ...within, until: laterOf(until, noted) },
  ]
}

function withMembership(entries: GrantEntry[], one: Granted, { held, until }: GrantFacts): GrantEntry[] {
  const asked = parseTarget(one.target)
  if (asked.kind === 'role') return entries
  const target = `organization:${asked.organization}`
  const before = entries.find((entry) => entry.kind === 'organization' && entry.id === asked.organization)
  const others = entries.filter((entry) => entry !== before)
  if (asked.kind === 'organization' && until === null) return others
  if (held.has(target) && !before) return entries
  const reason = asked.kind === 'organization' ? 'organization' : asked.role
  const reasonsBefore = before?.kind === 'organization' ? before.for : {}
  const noted = held.has(target) ? reasonsBefore[reason] : undefined
  // Null is the latest end of all: without one.
  const end = until === null || noted === null ? null : laterOf(until, noted ?? null)
  const reasons = { ...reasonsBefore, [reason]: end }
  return [...others, membership({ id: asked.organization, name: one.organizationName ?? asked.organization }, reasons)]
}

/**
 * The entries after access was taken away, and the organizations to leave with it: those whose membership the hub had
 * made for roles that are all gone now.
 */
export function entriesAfterRemoval(
  before: GrantEntry[],
  targets: readonly string[],
): { entries: GrantEntry[]; leave: string[] } {
  const asked = targets.map(parseTarget)
  const left = asked.flatMap((one) => (one.kind === 'organization' ? one.organization : []))
  const leave: string[] = []
  const entries = before.flatMap((entry): GrantEntry[] => {
    const inside = entry.kind === 'organization' ? entry.id : entry.organization
    if (targets.includes(targetOfEntry(entry)) || (inside !== undefined && left.includes(inside))) return []
    if (entry.kind === 'role') return [entry]
    const gone = asked.flatMap((one) => (one.kind === 'member_role' && one.organization === entry.id ? one.role : []))
    const reasons = Object.entries(entry.for).filter(([reason]) => !gone.includes(reason))
    if (reasons.length === Object.keys(entry.for).length) return [entry]
    if (reasons.length > 0) return [membership(entry, Object.fromEntries(reasons))]
    leave.push(entry.id)
    return []
  })
  return { entries, leave }
}

function membership({ id, name }: { id: string; name: string }, reasons: Record<string, string | null>): GrantEntry {
  const ends = Object.values(reasons)
  const until = ends.reduce((latest, end) => {
    if (latest === null || end === null) return null
    return Date.parse(end) > Date.parse(latest) ? end : latest
  })
  return { kind: 'organization', id, name, until, for: reasons }
}

function laterOf(until: string, noted: string | null): string {
  return noted !== null && Date.parse(noted) > Date.parse(until) ? noted : until
}

function isMembership({ target }: Granted): boolean {
  return parseTarget(target).kind === 'organization'
}

/**
 * Auth0's limit for the metadata of one profile (Auth0 docs: metadata; since 2026-08-07: what exceeds it "may start to
 * fail").
 */
const mostBytes = 10_000

/** The PATCH that writes the entries, and nothing but them: the status object beside them stays as it is. */
export function grantsPatch(key: string, entries: GrantEntry[]): UserPatch {
  // null deletes the key. Never an empty app_metadata: it would wipe everything.
  return { app_metadata: { [key]: entries.length > 0 ? entries : null } }
}

/** @throws PermanentError when the profile has no room for these entries. */
export function assertFits(user: Auth0User, { key, entries }: { key: string; entries: GrantEntry[] }): void {
  const after = { ...user.app_metadata, [key]: entries }
  const bytes = new TextEncoder().encode(JSON.stringify([after, user.user_metadata])).length
  if (bytes <= mostBytes) return
  throw new PermanentError(
    `${user.user_id} has no room for the end of this access: its metadata would take ${bytes} bytes, and Auth0 allows ` +
      `${mostBytes}. Make room in its metadata, or grant the access without an end.`,
  )
}
