import type { PersonKey } from '../core/person.ts'
import type { Role } from '../core/role.ts'

/**
 * Who asks, as every surface names it: by the system's user, a token, and later a session. What is ordered stays on
 * record under `actor`.
 */
export type Caller = {
  actor: string
  role: Role
  way: 'cli' | 'api'
  /** The person at the authority whose call it is; null: no person is known. */
  person: PersonKey | null
}
