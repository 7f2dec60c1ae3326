import type { BatchAct } from '../../core/batch.ts'
import type { AnySql } from '../sql/sql.ts'
import { adoptAct } from './adopt-act.ts'
import type { BatchSet, JournaledAct, Meant } from './batch-act.ts'
import { endGrantAct } from './end-grant-act.ts'
import { enforceAct } from './enforce-act.ts'
import { makeHoldAct } from './hold-acts.ts'
import { protectAct } from './protect-act.ts'
import { recoverAct, replayAct } from './replay-acts.ts'

/** How the set of each act is selected, and how its rows are carried out. `operate` has a table of how they are planned. */
const journaledActs: { [Act in BatchAct]: JournaledAct<Act> } = {
  replay: replayAct,
  recover: recoverAct,
  release: makeHoldAct('release'),
  cancel: makeHoldAct('cancel'),
  end_grant: endGrantAct,
  protect: protectAct,
  adopt: adoptAct,
  enforce: enforceAct,
}

export function selectSet<Act extends BatchAct>(tx: AnySql, { act, of }: BatchSet<Act>) {
  return journaledActs[act].select(tx, of)
}

export function carryOutRows(tx: AnySql, act: BatchAct, meant: Meant): Promise<ReadonlySet<number>> {
  return journaledActs[act].carryOut(tx, meant)
}
