import type { ActCount, EmergencyRow, Journal, SessionRow, TokenRow } from '../journal/index.ts'
import type { Gap } from './coverage.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'

/**
 * One way by which somebody can order, or did in the period: a token or a session that opened the hub in it, a link of an
 * emergency, or an account that stands on record without a token, such as a user of the hub's machine or a person.
 */
export type OperatorRow = {
  kind: 'token' | 'session' | 'break_glass' | 'account'
  /** The id of a session or link; null: `account` is the only one. */
  id: string | null
  /** The id under which acts stand on record. Those of a session are counted with its account. */
  account: string
  owner: string | null
  name: string | null
  role: string
  /** The person whose denial ends it: source and authority id. */
  person: string | null
  way: string
  madeBy: string | null
  madeAt: string | null
  lastUsedAt: string | null
  endsAt: string | null
  endedAt: string | null
  endedBy: string | null
  /** What was ordered in the period, and how often; refusals apart. */
  acts: { act: string; count: number }[]
  refusals: number
  lastActAt: string | null
}

export type OperatorsReport = { head: ReportHead; rows: OperatorRow[] }

/** Reports who could order within a period, by which token or account, and how often they did. */
export async function reportOperators(
  { records }: Pick<Journal, 'records'>,
  { from, to, ...ask }: ReportAsk & { from: string; to: string },
): Promise<OperatorsReport> {
  const [tokens, counts] = [await records.listTokens(), await records.countActs({ from, to })]
  const newest = await records.listSessions({})
  const sessions = newest.filter(({ madeAt }) => madeAt >= from && madeAt < to)
  const links = await records.listEmergencies({ from, to })
  const gaps = [
    ...tellCut('tokens', tokens, from),
    ...tellCut('sessions', newest, from),
    ...tellPruned(counts, { listed: sessions, newest }),
    ...tellCut('links', links, from),
  ]
  const open = tokens.filter(
    (token) => wasOpen(token, { from, to }) || counts.some(({ account }) => account === token.id),
  )
  const ids = new Set(tokens.map(({ id }) => id))
  const found = [
    ...open.map((token) => rowOfToken(token, counts)),
    ...listAccounts(counts, ids),
    ...links.map(rowOfLink),
    ...sessions.map(rowOfSession),
  ]
  return headReport({ records }, { report: 'operators', filter: { from, to }, rows: found, ask, gaps })
}

/** So many of each kind the journal lists, the newest. */
const mostListed = 1000

/** Says that older ones are missing, where there may be some. */
function tellCut(kind: string, listed: readonly { madeAt: string }[], from: string): Gap[] {
  const oldest = listed.at(-1)?.madeAt ?? null
  if (listed.length < mostListed || (kind !== 'tokens' && oldest !== null && oldest < from)) return []
  return [{ code: 'cut', source: null, at: oldest, detail: `${kind} that were made before then are not listed` }]
}

/** Says that sign-ins are on record whose sessions were deleted by age: they are counted, and not listed. */
function tellPruned(
  counts: readonly ActCount[],
  { listed, newest }: { listed: readonly unknown[]; newest: readonly { madeAt: string }[] },
): Gap[] {
  const signedIn = counts.filter(({ act }) => act === 'signed_in').reduce((sum, { count }) => sum + count, 0)
  if (signedIn <= listed.length || newest.length >= mostListed) return []
  const at = newest.at(-1)?.madeAt ?? null
  return [{ code: 'cut', source: null, at, detail: 'sessions that began before then were deleted by age' }]
}

function wasOpen({ madeAt, expiresAt, revokedAt }: TokenRow, { from, to }: { from: string; to: string }): boolean {
  const end = revokedAt !== null && revokedAt < expiresAt ? revokedAt : expiresAt
  return madeAt < to && end >= from
}

function rowOfToken(token: TokenRow, counts: readonly ActCount[]): OperatorRow {
  const { id, owner, name, role, person, madeBy, madeAt, lastUsedAt, expiresAt, expired, revokedAt, revokedBy } = token
  return {
    kind: 'token',
    id: null,
    account: id,
    ...{ owner, name, role, madeBy, madeAt, lastUsedAt },
    person: person ? `${person.source} ${person.authorityId}` : null,
    way: 'api',
    endsAt: expiresAt,
    endedAt: revokedAt ?? (expired ? expiresAt : null),
    endedBy: revokedBy,
    ...sumActs(counts.filter(({ account }) => account === id)),
  }
}

const nothingDone = { acts: [], refusals: 0, lastActAt: null }

/** A sign-in. What was ordered in it stands in the row of its account. */
function rowOfSession(session: SessionRow): OperatorRow {
  const { id, way, account, person, name, email, role, madeAt, lastUsedAt, expiresAt, endedAt, endedBy } = session
  return {
    kind: 'session',
    ...{ id, account, owner: email ?? name, name, role, madeAt, lastUsedAt, endedAt, endedBy, ...nothingDone },
    person: person ? `${person.source} ${person.authorityId}` : null,
    way,
    madeBy: account,
    endsAt: expiresAt,
  }
}

/** A way in for an emergency, used or not. */
function rowOfLink({ id, person, role, madeBy, madeAt, usedAt, expiresAt, reason }: EmergencyRow): OperatorRow {
  return {
    kind: 'break_glass',
    ...{ id, account: madeBy, owner: null, name: reason, role, madeBy, madeAt, lastUsedAt: usedAt, ...nothingDone },
    person: person ? `${person.source} ${person.authorityId}` : null,
    way: 'cli',
    endsAt: expiresAt,
    endedAt: usedAt,
    endedBy: null,
  }
}

/** Accounts without a token, a row for each role and way in which they acted. */
function listAccounts(counts: readonly ActCount[], tokens: ReadonlySet<string>): OperatorRow[] {
  const others = counts.filter(({ account }) => !tokens.has(account))
  const groups = Map.groupBy(others, ({ account, role, way }) => JSON.stringify([account, role, way]))
  return [...groups.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const nothing = { id: null, owner: null, name: null, person: null, madeBy: null, madeAt: null, lastUsedAt: null }
    const { account, role, way } = first
    return [
      { kind: 'account', account, role, way, ...nothing, endsAt: null, endedAt: null, endedBy: null, ...sumActs(own) },
    ]
  })
}

function sumActs(own: readonly ActCount[]): Pick<OperatorRow, 'acts' | 'refusals' | 'lastActAt'> {
  const byAct = Map.groupBy(own, ({ act }) => act)
  const sums = [...byAct].map(([act, rows]) => ({ act, count: rows.reduce((sum, { count }) => sum + count, 0) }))
  return {
    acts: sums.filter(({ act }) => act !== 'refused'),
    refusals: sums.find(({ act }) => act === 'refused')?.count ?? 0,
    lastActAt:
      own
        .map(({ lastAt }) => lastAt)
        .sort()
        .at(-1) ?? null,
  }
}
