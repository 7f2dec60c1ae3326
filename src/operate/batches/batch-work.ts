import type { Clock } from '../../core/clock.ts'
import { isFrozen } from '../../core/freeze.ts'
import type { Log } from '../../core/log.ts'
import type { Operator } from '../../core/operator.ts'
import type { BatchPolicy } from '../../core/policy.ts'
import { abortableWait } from '../../core/wait.ts'
import type { RaiseAlert } from '../../events/alert.ts'
import type { Installed } from '../../host/installed.ts'
import type { BatchTurn, Journal, OpenRow } from '../../journal/index.ts'
import type { PlannedAct, PlannedActs } from './planned-acts.ts'
import { makeTakeRows } from './take-rows.ts'

export type BatchWork = {
  start(): void
  /** Looks for work now: a batch was made or applied. */
  nudge(): void
  stop(): Promise<void>
  /** Works on one batch for a while, of all or the one that is named; false: there was nothing to do. */
  runTurn(only?: string): Promise<boolean>
}

export type BatchTiming = {
  pollSeconds: number
  /** A process that dies holds its batch for so long: it is renewed while the process lives. */
  leaseSeconds: number
  renewSeconds: number
  /** After so long another batch has its turn. */
  turnSeconds: number
  /** While lockouts are due, or a vendor is silent, planning waits for so long, at most so often in a row. */
  yieldSeconds: number
  yieldsAtMost: number
}

export const defaultBatchTiming: BatchTiming = {
  pollSeconds: 1,
  leaseSeconds: 2,
  renewSeconds: 0.5,
  turnSeconds: 3,
  yieldSeconds: 0.25,
  yieldsAtMost: 120,
}

/** Rows planned together: few at first, so that the first are seen at once, and more while that takes little time. */
const rowsAtOnce = { first: 4, most: 64 }
const longChunkSeconds = 0.25

/**
 * Makes what plans batches and carries them out, in the background. A batch belongs to one process at a time, by a lease
 * and an epoch. Nothing is remembered between two chunks of rows: another process goes on where this one was killed.
 */
export function makeBatchWork({
  journal,
  installed,
  acts,
  policy,
  raiseAlert,
  wakeDrain = () => {},
  clock,
  log,
  timing = defaultBatchTiming,
}: {
  journal: Pick<Journal, 'batches'>
  installed: readonly Installed[]
  acts: PlannedActs
  policy: BatchPolicy
  raiseAlert: RaiseAlert
  /** What was made due is claimed now: until it is, a batch of lockouts waits for its own. */
  wakeDrain?: () => void
  clock: Clock
  log: Log
  timing?: BatchTiming
}): BatchWork {
  const { batches } = journal
  const stopping = new AbortController()
  const { signal } = stopping
  let loop: Promise<void> | null = null
  let nudged = false
  let wake: (() => void) | null = null
  let startedAt = 0

  const now = () => clock.now().getTime() / 1000
  const { leaseSeconds } = timing

  const takeRows = makeTakeRows({ installed, signal, longestWaitSeconds: timing.yieldSeconds })

  const isVendorSilent = (ids: readonly string[]) =>
    installed.some(
      ({ id, pulse, connector }) => (ids.includes(id) || connector.read !== undefined) && !pulse.isAnswering(),
    )

  /** Lets lockouts go first, and vendors recover. Not for ever: what never ends is no reason to plan nothing. */
  const yieldToOthers = async (turn: BatchTurn, rows: readonly OpenRow[]) => {
    const ids = [...new Set(rows.flatMap(({ connector }) => connector ?? []))]
    for (let i = 0; i < timing.yieldsAtMost; i++) {
      if (!isVendorSilent(ids) && !(await batches.hasDenialsDue(ids))) return
      await abortableWait(timing.yieldSeconds, signal)
      if (!(await batches.holdBatchTurn(turn, { leaseSeconds }))) return
    }
  }

  /**
   * Returns for how many seconds it was at rows, 0 where their vendors bear no call now. Null: this process has the batch no
   * more, or nothing of it is open.
   */
  const runChunk = async (turn: BatchTurn, limit: number): Promise<number | null> => {
    const open = await batches.listOpenRows(turn, { limit })
    if (open.length === 0) return null
    await yieldToOthers(turn, open)
    const begun = now()
    const taken = await takeRows.take(turn.phase, open)
    if (taken.length === 0) return (await batches.holdBatchTurn(turn, { leaseSeconds })) ? 0 : null
    const rows = await takeRows.watch(taken, () => acts[turn.act].plan(taken, { terms: turn.terms, signal }))
    if (turn.phase === 'plan') return (await batches.writePlans(turn, { rows, leaseSeconds })) ? now() - begun : null
    // The wait for others may have lasted until a freeze began.
    if (isFrozen(policy.freeze, clock.now())) return null
    if (!(await batches.carryOut(turn, { rows, operator: operatorOf(turn), leaseSeconds }))) return null
    wakeDrain()
    // What is of one lane is one run.
    const runs = new Set(taken.map(({ lane }) => lane)).size
    await abortableWait(Math.max(0, runs / turn.pace - (now() - begun)), signal)
    return now() - begun
  }

  const runChunks = async (turn: BatchTurn) => {
    const end = now() + timing.turnSeconds
    const most = findMostAtOnce(turn, acts[turn.act])
    for (let limit = Math.min(rowsAtOnce.first, most); now() < end && !signal.aborted; ) {
      const seconds = await runChunk(turn, limit)
      if (seconds === null) return
      limit = seconds < longChunkSeconds ? Math.min(most, limit * 2) : Math.max(1, Math.floor(limit / 2))
    }
  }

  const runTurn = async (only?: string): Promise<boolean> => {
    const turn = await batches.takeBatchTurn({ leaseSeconds, frozen: isFrozen(policy.freeze, clock.now()), only })
    if (!turn) return false
    const ending = new AbortController()
    const held = keepHolding(turn, ending.signal)
    try {
      await tellOverride(turn)
      await runChunks(turn)
    } finally {
      ending.abort()
      // A renewal that came after the end would hold what is given back.
      await held
      await batches.endBatchTurn(turn)
    }
    return true
  }

  /** Without a renewal another process may take the batch: then what this one still writes is refused by its epoch. */
  const keepHolding = async (turn: BatchTurn, ended: AbortSignal) => {
    for (;;) {
      await abortableWait(timing.renewSeconds, ended).catch(() => {})
      if (ended.aborted || !(await batches.holdBatchTurn(turn, { leaseSeconds }).catch(() => true))) return
    }
  }

  /** Before the first row is carried out, and again after a process died: it is told once. */
  const tellOverride = async ({ id, phase, overridden, appliedBy, reason }: BatchTurn) => {
    if (phase !== 'apply' || !overridden) return
    const facts = { by: appliedBy?.account ?? appliedBy?.by ?? '', reason }
    await raiseAlert({ type: 'hub.alert.batch_override', about: id, once: true, facts })
  }

  const sleep = async () => {
    if (nudged || signal.aborted) return
    // What a killed process had is free a lease after it: the process that replaces it looks sooner.
    const isFresh = now() - startedAt < 2 * leaseSeconds
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timing.pollSeconds * (isFresh ? 250 : 1000))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = null
  }

  const run = async () => {
    while (!signal.aborted) {
      nudged = false
      const isMore = await runTurn().catch((err) => {
        if (!signal.aborted) log.error({ err }, 'A batch could not be worked on: trying again')
        return false
      })
      if (!isMore) await sleep()
    }
  }

  return {
    start() {
      startedAt = now()
      loop ??= run()
    },
    nudge() {
      nudged = true
      wake?.()
    },
    async stop() {
      stopping.abort(new Error('The batches stop.'))
      wake?.()
      await loop
    },
    runTurn,
  }
}

function findMostAtOnce({ phase, pace }: BatchTurn, { alone }: PlannedAct): number {
  if (phase === 'plan') return rowsAtOnce.most
  return alone ? 1 : Math.max(1, Math.min(rowsAtOnce.most, pace))
}

/** Who applied a batch, as each of its rows goes on record. What was ordered for a time comes by the schedule. */
function operatorOf({ appliedBy, scheduled }: BatchTurn): Operator {
  if (!appliedBy) throw new TypeError('A batch that nobody applied is carried out by nobody.')
  return scheduled ? { ...appliedBy, way: 'schedule' } : appliedBy
}
