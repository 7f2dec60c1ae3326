import { bindByKey } from '../sql/read-by-key.ts'
import type { Sql } from '../sql/sql.ts'
import { carryOut } from './carry-out.ts'
import { changeBatch } from './change-batch.ts'
import { freezeSet } from './freeze-set.ts'
import { listBatches, listBatchRows, readBatch } from './read-batches.ts'
import { readEndable } from './read-endable.ts'
import { readProtectable } from './read-protectable.ts'
import { readReplayable } from './read-replayable.ts'
import { endBatchTurn, hasDenialsDue, holdBatchTurn, listOpenRows, takeBatchTurn } from './take-turn.ts'
import { writePlans } from './write-plans.ts'

/** What there is to do with batches, on one database. */
export type BatchVerbs = ReturnType<typeof makeBatchVerbs>

type Rest<F extends (sql: Sql, ...rest: never[]) => unknown> = F extends (sql: Sql, ...rest: infer R) => unknown
  ? R
  : never

export function makeBatchVerbs(sql: Sql) {
  const byKey = bindByKey(sql)
  return {
    freezeSet: (...rest: Rest<typeof freezeSet>) => freezeSet(sql, ...rest),
    listBatches: byKey(listBatches),
    readBatch: byKey(readBatch),
    listBatchRows: byKey(listBatchRows),
    readReplayable: byKey(readReplayable),
    readEndable: byKey(readEndable),
    readProtectable: byKey(readProtectable),
    changeBatch: (...rest: Rest<typeof changeBatch>) => changeBatch(sql, ...rest),
    takeBatchTurn: (...rest: Rest<typeof takeBatchTurn>) => takeBatchTurn(sql, ...rest),
    endBatchTurn: (...rest: Rest<typeof endBatchTurn>) => endBatchTurn(sql, ...rest),
    holdBatchTurn: (...rest: Rest<typeof holdBatchTurn>) => holdBatchTurn(sql, ...rest),
    listOpenRows: byKey(listOpenRows),
    hasDenialsDue: (...rest: Rest<typeof hasDenialsDue>) => hasDenialsDue(sql, ...rest),
    writePlans: (...rest: Rest<typeof writePlans>) => writePlans(sql, ...rest),
    carryOut: (...rest: Rest<typeof carryOut>) => carryOut(sql, ...rest),
  }
}
