import type { DoctorCheck } from '../../../core/connector.ts'
import { ownsAudit, type Sql } from '../../../journal/index.ts'

/** Says whether the role that the hub runs as could remove what keeps the acts on record. */
export async function examineRecord(sql: Sql): Promise<DoctorCheck> {
  const name = 'acts on record'
  if (!(await ownsAudit(sql))) {
    return { name, status: 'ok', detail: 'the role of this database address can add to them and change none' }
  }
  const detail =
    'the role of this database address also owns their table, and could lift what keeps it: "migrate --run-as" parts the two'
  return { name, status: 'ok', detail }
}
