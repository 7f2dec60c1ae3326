import { FencedOutError } from '../../core/errors.ts'
import { lockFollowing, writeAccess } from '../access/settle-access.ts'
import { type AnySql, again, inOrder, isRefused, type Sql, toCleanJson, transaction } from '../sql/sql.ts'
import type { Settlement } from './settlement.ts'
import { toSettlementRow } from './settlement-row.ts'
import { type Limits, makeShare, type Work } from './share.ts'

/** Writes what a run found and did, and gives the lane back, behind the fence. */
export type Settle = (settlement: Settlement) => Promise<void>

type Row = { text: string; decides: boolean }

type Written = Work & { settlement: Settlement; row: Row }

/** A settlement takes some three locks: a dozen of them are as quickly written as one. */
const together: Limits = {
  inFlight: 4,
  maxCount: 50,
  maxBytes: 2 ** 20,
  maxWaiting: 5000,
  maxWaitingBytes: 2 ** 26,
  beside: { least: 16, afterMs: 10 },
}

/**
 * Lets what settles at the same moment share a transaction. What gives access or takes it settles in one of its own.
 * It throws FencedOutError when another worker took the lane over: nothing of that settlement is written.
 */
export function makeSettle(sql: Sql): Settle {
  const share = makeShare<Written, void>((group) => settleTogether(sql, group), together)
  return async (settlement) => {
    if (changesAccess(settlement)) return settle(sql, settlement)
    const row = toRow(settlement)
    await share({ settlement, row, count: 1, bytes: row.text.length })
  }
}

/** How often a lock is waited for, half a second each time: for longer than a hub may leave a transaction open. */
const lockTries = 20

/**
 * Settles one lane in a transaction of its own. It is locked first and its next time computed last, from what then
 * waits in it.
 * @throws FencedOutError when another worker took the lane over: nothing is written
 */
export async function settle(sql: Sql, settlement: Settlement): Promise<void> {
  const row = toRow(settlement)
  const { access } = settlement
  if (!access || !changesAccess(settlement)) {
    return refuseLost(await again(() => writeRows(sql, [row]), lockTries))
  }
  await transaction(sql, async (tx) => {
    await inOrder(lockFollowing(tx, settlement.lane.key, access))
    refuseLost(await writeRows(tx, [row], { release: false }))
    await inOrder([...writeAccess(tx, access), tx`select hub.give_back(${`[${row.text}]`}::text::jsonb, '{}')`])
  })
}

function changesAccess({ access }: Settlement): boolean {
  return access !== undefined && access.granted.length + access.ended.length + access.revokes.length > 0
}

/**
 * Writes many settlements. Those of a person whom another of them is about go after it, in a transaction of their own. So
 * do those of a lane that is nobody's: one that was fenced out is named by its lane, and would take the other along.
 */
async function settleTogether(sql: Sql, group: readonly Written[]): Promise<Promise<void>[]> {
  const met = new Set<string>()
  const later = new Set<Written>()
  for (const one of group) {
    const about = personOf(one) || one.settlement.lane.key
    if (met.has(about)) later.add(one)
    met.add(about)
  }
  if (later.size === 0) return settleAll(sql, group)
  const first = group.filter((one) => !later.has(one))
  const written = await settleAll(sql, first)
  const rest = settleTogether(sql, [...later])
  const results = new Map<Written, Promise<void> | undefined>([
    ...first.map((one, i) => [one, written[i]] as const),
    ...[...later].map((one, i) => [one, rest.then((all) => all[i])] as const),
  ])
  return group.map(async (one) => results.get(one))
}

/** One that PostgreSQL refuses, or that waits for a lock, is written again alone. */
async function settleAll(sql: Sql, group: readonly Written[]): Promise<Promise<void>[]> {
  const alone = () => group.map(({ settlement }) => settle(sql, settlement))
  if (group.length === 1) return alone()
  try {
    // All who lock rows of several people do so in this order.
    const sorted = [...group].sort((a, b) => (personOf(a) < personOf(b) ? -1 : 1))
    const lost = await writeRows(
      sql,
      sorted.map(({ row }) => row),
    )
    return group.map(async ({ settlement }) => refuseLost(lost.filter((key) => key === settlement.lane.key)))
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return alone()
  }
}

function personOf({ settlement }: Written): string {
  return settlement.person?.id ?? ''
}

type Lost = { lost: string[] }

const lostLease = 'The lease was lost to another worker.'

/** `decides`: PostgreSQL looks whether a decision of the hub's own is new. What decides nothing is spared that. */
function toRow(settlement: Settlement): Row {
  const { decisions = [], verified } = settlement
  const decides = decisions.length > 0 || (verified?.reversed.length ?? 0) > 0
  return { text: toCleanJson(toSettlementRow(settlement)), decides }
}

async function writeRows(sql: AnySql, rows: readonly Row[], { release = true } = {}): Promise<string[]> {
  const text = `[${rows.map((row) => row.text).join(',')}]`
  const [row] = rows.some(({ decides }) => decides)
    ? await sql<Lost[]>`select to_json(hub.settle_decided(${text}::text::jsonb, ${release}::boolean)) as lost`
    : await sql<Lost[]>`select to_json(hub.settle_together(${text}::text::jsonb, ${release}::boolean)) as lost`
  return row?.lost ?? []
}

function refuseLost(lost: readonly string[]): void {
  if (lost.length > 0) throw new FencedOutError(lostLease)
}

/**
 * A worker that was fenced out, or gives up before it began, makes the lane due again: the worker that has it then plans again.
 * A delivery that was collapsed meanwhile passes this on to the one that stands for it.
 */
export async function makeDueAgain(
  sql: Sql,
  { lane, deliveryIds }: { lane: string; deliveryIds: readonly string[] },
): Promise<void> {
  await again(() => sql`select hub.make_due_again(${lane}, ${[...deliveryIds]}::text[])`)
}
