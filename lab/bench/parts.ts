import { type Batch, type BatchPace, measureBatch } from './batch.ts'
import { listBatchTables } from './batch-table.ts'
import { type Budget, type BudgetPace, measureBudget } from './budget.ts'
import { listBudgetTables } from './budget-tables.ts'
import { type BulkheadPace, type Bulkheads, measureBulkheads } from './bulkheads.ts'
import type { Server } from './database.ts'
import { type DrainCost, type DrainPace, measureDrain } from './drain.ts'
import { type Edge, type EdgePace, measureEdge } from './edge.ts'
import { listEdgeTables } from './edge-tables.ts'
import { type Growth, type GrowthPace, measureGrowth } from './growth.ts'
import { type Inline, measureInline } from './inline.ts'
import { listListTables } from './list-table.ts'
import { type ListPace, type Lists, measureLists } from './lists.ts'
import { type Lockout, type LockoutPace, measureLockout } from './lockout.ts'
import {
  listBulkheadTables,
  listDrainTables,
  listGrowthTables,
  listInlineTables,
  listLockoutTables,
  listThroughputTables,
  type Table,
} from './report.ts'
import { measureThroughput, type Pace, type Throughput } from './throughput.ts'

/** What each part of the bench comes to. */
export type Measured = {
  throughput: Throughput
  inline: Inline
  lockout: Lockout
  bulkheads: Bulkheads
  budget: Budget
  drain: DrainCost
  edge: Edge
  batch: Batch
  lists: Lists
  growth: Growth
}

export type PartName = keyof Measured
export type WholePace = Pace &
  LockoutPace &
  BulkheadPace &
  BudgetPace &
  GrowthPace &
  DrainPace &
  EdgePace &
  BatchPace &
  ListPace

type Part<N extends PartName> = {
  measure(server: Server, pace: WholePace): Promise<Measured[N]>
  listTables(measured: Measured[N]): Table[]
}

/** The parts, in the order in which they are measured. */
export const parts: { readonly [N in PartName]: Part<N> } = {
  throughput: { measure: measureThroughput, listTables: listThroughputTables },
  inline: { measure: measureInline, listTables: listInlineTables },
  lockout: { measure: measureLockout, listTables: listLockoutTables },
  bulkheads: { measure: measureBulkheads, listTables: listBulkheadTables },
  budget: { measure: measureBudget, listTables: listBudgetTables },
  drain: { measure: measureDrain, listTables: listDrainTables },
  edge: { measure: (_server, pace) => measureEdge(pace), listTables: listEdgeTables },
  batch: { measure: measureBatch, listTables: listBatchTables },
  lists: { measure: measureLists, listTables: listListTables },
  growth: { measure: measureGrowth, listTables: listGrowthTables },
}

export const partNames = Object.keys(parts) as PartName[]
