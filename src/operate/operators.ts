import type { ActCount, Journal, TokenRow } from '../journal/index.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'

/**
 * One way by which somebody can order, or did in the period: a token that opens or opened the hub in it, or an account
 * that stands on record without one, such as a user of the hub's machine.
 */
export type OperatorRow = {
  kind: 'token' | 'account'
  /** The id under which acts stand on record. */
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
  const open = tokens.filter(
    (token) => wasOpen(token, { from, to }) || counts.some(({ account }) => account === token.id),
  )
  const ids = new Set(tokens.map(({ id }) => id))
  const found = [...open.map((token) => rowOfToken(token, counts)), ...listAccounts(counts, ids)]
  return headReport({ records }, { report: 'operators', filter: { from, to }, rows: found, ask })
}

function wasOpen({ madeAt, expiresAt, revokedAt }: TokenRow, { from, to }: { from: string; to: string }): boolean {
  const end = revokedAt !== null && revokedAt < expiresAt ? revokedAt : expiresAt
  return madeAt < to && end >= from
}

function rowOfToken(token: TokenRow, counts: readonly ActCount[]): OperatorRow {
  const { id, owner, name, role, person, madeBy, madeAt, lastUsedAt, expiresAt, expired, revokedAt, revokedBy } = token
  return {
    kind: 'token',
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

/** Accounts without a token, a row for each role and way in which they acted. */
function listAccounts(counts: readonly ActCount[], tokens: ReadonlySet<string>): OperatorRow[] {
  const others = counts.filter(({ account }) => !tokens.has(account))
  const groups = Map.groupBy(others, ({ account, role, way }) => JSON.stringify([account, role, way]))
  return [...groups.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const nothing = { owner: null, name: null, person: null, madeBy: null, madeAt: null, lastUsedAt: null }
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
