import { z } from 'zod'
import { PermanentError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { parseGrantTarget } from '../tenant/config.ts'

/** ISO time. */
const moment = z.string()

/** Notes when a role ends, tenant-wide or within an organization. */
const roleEntry = z.object({
  kind: z.literal('role'),
  id: z.string(),
  /** The Action sees the names of roles, not their ids. */
  name: z.string(),
  organization: z.string().optional(),
  until: moment,
})

/** Notes why the hub made a membership: asked for by itself (`organization`), or for roles (their ids), each with its end. */
const organizationEntry = z.object({
  kind: z.literal('organization'),
  id: z.string(),
  name: z.string(),
  /** The latest end in `for`; null when one of them has no end. */
  until: moment.nullable(),
  for: z.record(z.string(), moment.nullable()),
})

export type GrantEntry = z.output<typeof roleEntry> | z.output<typeof organizationEntry>

const grantEntries = z.array(z.discriminatedUnion('kind', [roleEntry, organizationEntry]))

/**
 * The key of the entries in app_metadata. It is beside the hub's object and not inside it, because a PATCH replaces
 * nested objects whole: two writers of one object would overwrite each other (Auth0 docs: "Manage metadata with the
 * Management API").
 */
export function grantsKey({ AUTH0_METADATA_KEY: key }: Pick<Auth0Config, 'AUTH0_METADATA_KEY'>): string {
  return `${key}_grants`
}

/** Reads the hub's entries on a user. `foreign`: the value under their key was not written by the hub. */
export function readGrantEntries(user: Auth0User, key: string): { entries: GrantEntry[]; foreign: boolean } {
  const value = user.app_metadata[key]
  if (value === undefined || value === null) return { entries: [], foreign: false }
  const parsed = grantEntries.safeParse(value)
  return parsed.success ? { entries: parsed.data, foreign: false } : { entries: [], foreign: true }
}

/** The access that an entry is about, written as a target of the allow-list. */
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

/** One target that is asked for, with the names that the Action will see. */
export type AskedAccess = { target: string; roleName?: string; organizationName?: string }

type GrantFacts = {
  asked: AskedAccess[]
  /** Targets that the user had before. */
  held: ReadonlySet<string>
  until: string | null
  now: Date
}

/**
 * Returns the entries as they are after a grant.
 * - Access with an end gets an entry; if the user has it already, the later end counts.
 * - Access without an end loses its entry.
 * - Access that the user had without an entry has no end that we know of: it gets none from this grant either.
 * - An entry that is over is dropped, unless the user still has the access: without its entry the Action would honour it.
 */
export function addGrantEntries(before: GrantEntry[], facts: GrantFacts): GrantEntry[] {
  const kept = before.filter((entry) => !isOver(entry, facts.now) || facts.held.has(targetOfEntry(entry)))
  // Memberships asked for by themselves come last, so that one without an end is not ended by a role of the same request.
  const inOrder = facts.asked.toSorted((a, b) => Number(isMembership(a)) - Number(isMembership(b)))
  return inOrder.reduce((entries, one) => addMembershipEntry(addRoleEntry(entries, one, facts), one, facts), kept)
}

function addRoleEntry(entries: GrantEntry[], one: AskedAccess, { held, until }: GrantFacts): GrantEntry[] {
  const asked = parseGrantTarget(one.target)
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

function addMembershipEntry(entries: GrantEntry[], one: AskedAccess, { held, until }: GrantFacts): GrantEntry[] {
  const asked = parseGrantTarget(one.target)
  if (asked.kind === 'role') return entries
  const target = `organization:${asked.organization}`
  const before = entries.find((entry) => entry.kind === 'organization' && entry.id === asked.organization)
  const others = entries.filter((entry) => entry !== before)
  if (asked.kind === 'organization' && until === null) return others
  if (held.has(target) && !before) return entries
  const reason = asked.kind === 'organization' ? 'organization' : asked.role
  const reasonsBefore = before?.kind === 'organization' ? before.for : {}
  const noted = held.has(target) ? reasonsBefore[reason] : undefined
  // Null means "no end", which is later than any end.
  const end = until === null || noted === null ? null : laterOf(until, noted ?? null)
  const reasons = { ...reasonsBefore, [reason]: end }
  return [
    ...others,
    makeMembershipEntry({ id: asked.organization, name: one.organizationName ?? asked.organization }, reasons),
  ]
}

/**
 * Returns the entries as they are after access was taken away. `leave`: organizations whose membership the hub made only for roles
 * that are all taken now.
 */
export function removeGrantEntries(
  before: GrantEntry[],
  targets: readonly string[],
): { entries: GrantEntry[]; leave: string[] } {
  const asked = targets.map(parseGrantTarget)
  const left = asked.flatMap((one) => (one.kind === 'organization' ? one.organization : []))
  const leave: string[] = []
  const entries = before.flatMap((entry): GrantEntry[] => {
    const inside = entry.kind === 'organization' ? entry.id : entry.organization
    if (targets.includes(targetOfEntry(entry)) || (inside !== undefined && left.includes(inside))) return []
    if (entry.kind === 'role') return [entry]
    const gone = asked.flatMap((one) => (one.kind === 'member_role' && one.organization === entry.id ? one.role : []))
    const reasons = Object.entries(entry.for).filter(([reason]) => !gone.includes(reason))
    if (reasons.length === Object.keys(entry.for).length) return [entry]
    if (reasons.length > 0) return [makeMembershipEntry(entry, Object.fromEntries(reasons))]
    leave.push(entry.id)
    return []
  })
  return { entries, leave }
}

function makeMembershipEntry(
  { id, name }: { id: string; name: string },
  reasons: Record<string, string | null>,
): GrantEntry {
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

function isMembership({ target }: AskedAccess): boolean {
  return parseGrantTarget(target).kind === 'organization'
}

/** Auth0's limit for the metadata of one profile; since 2026-08-07 what exceeds it "may start to fail" (Auth0 docs: metadata). */
const mostBytes = 10_000

/** The PATCH that writes the entries alone. The hub's object beside them stays as it is. */
export function makeGrantsPatch(key: string, entries: GrantEntry[]): UserPatch {
  // null deletes the key. An empty app_metadata would delete all of it.
  return { app_metadata: { [key]: entries.length > 0 ? entries : null } }
}

/** @throws PermanentError when the profile's metadata would exceed Auth0's limit with these entries */
export function assertEntriesFit(user: Auth0User, { key, entries }: { key: string; entries: GrantEntry[] }): void {
  const after = { ...user.app_metadata, [key]: entries }
  const bytes = new TextEncoder().encode(JSON.stringify([after, user.user_metadata])).length
  if (bytes <= mostBytes) return
  throw new PermanentError(
    `${user.user_id} has no room for the end of this access: its metadata would take ${bytes} bytes, and Auth0 allows ` +
      `${mostBytes}. Make room in its metadata, or grant the access without an end.`,
  )
}
