import type { Change } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { Applied } from '../../core/connector.ts'
import { FencedOutError } from '../../core/errors.ts'
import { type ChangeRecord, classify, type Outcome } from '../../core/outcome.ts'
import { isEndOfGrant } from '../access/end-grant.ts'

type Applying = { connector: string; clock: Clock; assertHeld(): void; apply(change: Change): Promise<Applied> }

/** `isDone`: the vendor took it, if only in part. */
type Result = { isDone: boolean; record: ChangeRecord; outcome?: Outcome }

/** In the order of the changes, not in that of their ends. */
type AppliedChanges = { records: ChangeRecord[]; outcomes: Outcome[] }

/** A small plan of a vendor refuses more calls at once. */
const mostTargetsAtOnce = 4

/**
 * Carries out every change, though another failed: targets side by side, the changes of one target one after the other.
 * Flag first, then revoke: what is owed to a user is done only if that user's own change is, or a session made in between
 * would outlive the revocation. A user's revoke waits for no other user's flag, and no flag waits for a revoke to begin.
 * Grants end one by one, after that.
 * @throws FencedOutError when the lease ended on the way, and no call is under way any more
 */
export async function applyChanges(changes: readonly Change[], applying: Applying): Promise<AppliedChanges> {
  const results = new Map<Change, Result>()
  const carryOut = async (change: Change) => {
    const result = await applyOne(change, applying)
    results.set(change, result)
    return result.isDone
  }

  const own = Map.groupBy(
    changes.filter((change) => !change.owed && !isEndOfGrant(change)),
    ({ target }) => target,
  )
  const owed = Map.groupBy(
    changes.filter((change) => change.owed),
    ({ target }) => target,
  )
  const flags = [...own.keys()]
  const debts = [...owed.keys()].filter((target) => !own.has(target))

  const flag = async (target: string) => {
    let areDone = true
    for (const change of own.get(target) ?? []) areDone = (await carryOut(change)) && areDone
    if (areDone && owed.has(target)) debts.push(target)
  }
  const payDebts = async (target: string) => {
    for (const change of owed.get(target) ?? []) if (!(await carryOut(change))) return
  }
  const work = async () => {
    for (;;) {
      const next = flags.shift()
      const debtor = next === undefined ? debts.shift() : undefined
      if (next !== undefined) await flag(next)
      else if (debtor !== undefined) await payDebts(debtor)
      else return
    }
  }

  const places = Math.min(mostTargetsAtOnce, flags.length + debts.length)
  const workers = Array.from({ length: places }, work)
  await Promise.allSettled(workers)
  await Promise.all(workers)
  for (const change of changes.filter(isEndOfGrant)) await carryOut(change)

  const inOrder = changes.flatMap((change) => results.get(change) ?? [])
  return { records: inOrder.map(({ record }) => record), outcomes: inOrder.flatMap(({ outcome }) => outcome ?? []) }
}

/** @throws FencedOutError when the lease has ended */
async function applyOne(change: Change, { connector, clock, assertHeld, apply }: Applying): Promise<Result> {
  assertHeld()
  const startedAt = clock.now().getTime()
  const took = () => clock.now().getTime() - startedAt
  try {
    const remark = await apply(change)
    const record: ChangeRecord = {
      ...change,
      result: 'done',
      ...(remark ? { note: remark.note } : {}),
      durationMs: took(),
    }
    // What is owed to the user is done all the same: the vital part was written.
    if (remark?.missing)
      return { isDone: true, record, outcome: { kind: 'retry', error: remark.missing, partly: true } }
    return { isDone: true, record }
  } catch (thrown) {
    if (thrown instanceof FencedOutError) throw thrown
    const outcome = classify(thrown, connector)
    const error = 'error' in outcome ? outcome.error : ''
    return { isDone: false, record: { ...change, result: 'failed', error, durationMs: took() }, outcome }
  }
}
