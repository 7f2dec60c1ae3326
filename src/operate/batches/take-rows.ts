import { abortableWait } from '../../core/wait.ts'
import type { Installed } from '../../host/installed.ts'
import type { BatchTurn, OpenRow } from '../../journal/index.ts'

export type TakeRows = {
  /** Takes the calls of these rows at their vendors. Returns the rows that may begin: the first, with all of their lanes. */
  take(phase: BatchTurn['phase'], rows: readonly OpenRow[]): Promise<OpenRow[]>
  /** Plans rows, and learns from that how many calls a plan costs. */
  watch<T>(rows: readonly OpenRow[], plan: () => Promise<T>): Promise<T>
}

/** Calls of one plan at a vendor where none has been counted yet. */
const callsAtFirst = 3
/** A run plans, and plans once more after what it wrote. */
const plansOfRun = 2
/** After so many plans what was counted before weighs half. */
const plansRemembered = 200

type Cost = { calls: number; plans: number }

/**
 * Makes what takes the calls of a batch out of the budgets of the vendors concerned: those of its plans, or those of the
 * runs that follow where its rows are carried out. A run costs one call at least, so that a budget paces what calls nobody,
 * too. The calls of the plan that is made before a row is carried out count as they are made.
 */
export function makeTakeRows({
  installed,
  signal,
  longestWaitSeconds,
}: {
  installed: readonly Pick<Installed, 'id' | 'connector' | 'budget'>[]
  signal: AbortSignal
  longestWaitSeconds: number
}): TakeRows {
  const costs = new Map<string, Cost>()
  const vendorsOf = (rows: readonly OpenRow[]) =>
    installed.flatMap(({ id, connector, budget }) => {
      const isAuthority = connector.read !== undefined
      if (!budget || !(isAuthority || rows.some((row) => row.connector === id))) return []
      return [{ id, budget, isAuthority, count: listLanes(rows, isAuthority ? undefined : id).size }]
    })

  const costOf = (id: string) => {
    const { calls, plans } = costs.get(id) ?? { calls: callsAtFirst, plans: 1 }
    return calls / plans
  }

  const costIn = (phase: BatchTurn['phase'], { id, isAuthority }: { id: string; isAuthority: boolean }) => {
    if (phase === 'plan') return costOf(id)
    // The authority is read once in a run.
    return isAuthority ? costOf(id) : Math.max(1, costOf(id) * plansOfRun)
  }

  return {
    async take(phase, rows) {
      const callClass = phase === 'plan' ? 'plan' : 'bulk'
      const taken: { giveBack(share: number): void }[] = []
      let share = 1
      let wait = 0
      for (const { budget, count, ...vendor } of vendorsOf(rows)) {
        const calls = Math.ceil(count * costIn(phase, vendor))
        if (calls === 0 || share === 0) continue
        const { granted, waitSeconds } = await budget.take(callClass, calls)
        taken.push({ giveBack: (kept) => budget.giveBack(callClass, granted - Math.ceil(calls * kept)) })
        share = Math.min(share, granted / calls)
        wait = Math.max(wait, waitSeconds)
      }
      const lanes = listLanes(rows)
      const begun = share === 0 ? [] : [...lanes].slice(0, Math.max(1, Math.floor(lanes.size * share)))
      for (const { giveBack } of taken) giveBack(begun.length / lanes.size)
      if (begun.length === 0) await abortableWait(Math.min(wait, longestWaitSeconds), signal)
      return rows.filter(({ lane }) => begun.includes(lane))
    },
    async watch(rows, plan) {
      const before = vendorsOf(rows).map((vendor) => ({ ...vendor, made: vendor.budget.countMade('plan') }))
      const planned = await plan()
      for (const { id, budget, made, count } of before) {
        const { calls, plans } = costs.get(id) ?? { calls: 0, plans: 0 }
        const weight = plans > plansRemembered ? 1 / 2 : 1
        costs.set(id, {
          calls: calls * weight + budget.countMade('plan') - made,
          plans: plans * weight + count,
        })
      }
      return planned
    },
  }
}

/** Lists the lanes of these rows, of one connector or of all: the rows of a lane share a plan, and a run. */
function listLanes(rows: readonly OpenRow[], connector?: string): Set<string> {
  return new Set(rows.flatMap((row) => (connector === undefined || row.connector === connector ? row.lane : [])))
}
