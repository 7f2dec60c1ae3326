import type { Operator } from '../core/operator.ts'
import type { PersonKey } from '../core/person.ts'
import type { Role } from '../core/role.ts'

/**
 * Who asks, as every surface names it: by the system's user, a token, and later a session. What is ordered stays on
 * record under `actor`.
 */
export type Caller = {
  actor: string
  /** The id that is vouched for: a system's user, a token's id. It stands on record where `actor` was erased. */
  account: string
  role: Role
  way: 'cli' | 'api'
  /** The person at the authority whose call it is; null: no person is known. */
  person: PersonKey | null
}

/** The caller as orders of theirs name them. Who has the machine overrides what a second person would have to decide. */
export function toOperator({ actor, account, role, way }: Caller): Operator {
  return { by: actor, account, role: way === 'cli' ? 'administrator' : role, way }
}
