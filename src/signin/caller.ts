import type { Operator } from '../core/operator.ts'
import type { PersonKey } from '../core/person.ts'
import type { Role } from '../core/role.ts'
import type { SessionWay } from '../journal/index.ts'

/**
 * Who asks, as every surface names it: by the system's user, a token, or a session. What is ordered stays on record under
 * `actor`.
 */
export type Caller = {
  actor: string
  /** The id that is vouched for: a system's user, a token's id, a person's. It stands on record where `actor` was erased. */
  account: string
  role: Role
  way: 'cli' | 'api' | 'console'
  /** The person at the authority whose call it is; null: no person is known. */
  person: PersonKey | null
  /** The session in which it is asked; absent: in none. */
  session?: CallerSession
}

export type CallerSession = {
  id: string
  way: SessionWay
  /** ISO time at which it ends however much it is used. */
  expiresAt: string
  /** Whether it is of a person of the authority. Who is unbound may only look, and not for long. */
  bound: boolean
}

/** The caller as orders of theirs name them. Who has the machine overrides what a second person would have to decide. */
export function toOperator({ actor, account, role, way, session }: Caller): Operator {
  const acted = way === 'cli' ? 'administrator' : session?.way === 'break_glass' ? 'break_glass' : role
  return { by: actor, account, role: acted, way }
}
