import type { Actor } from '../core/actor.ts'
import type { PersonHistory } from '../core/person-history.ts'
import type { StandingCode } from './standing.ts'

/** The evidence of one leaving: who, when they left, when they were out, and what was not as it should be. */
export type Leaver = Pick<PersonHistory, 'person' | 'source' | 'authorityId' | 'login' | 'connector'> & {
  status: string | null
  /** When the authority says that they left. */
  leftAt: string
  knownAt: string
  /** What told the hub: the event's type. */
  knownBy: string
  /** Who acted at the authority, as the event says. */
  actedBy: Actor | null
  /** How they stand there now, or why the lockout of an earlier leaving was not read back. */
  standing: StandingCode | null
  /** When the lockout had been read back. */
  heldAt: string | null
  secondsToLockout: number | null
  users: number
  /** When the last session and token was revoked, or why they were not. */
  revokedAt: string | null
  revocation: 'revoked' | 'owed' | 'in part' | 'none'
  revocationNote: string | null
  /** Tries until the lockout was done; later looks are no tries of it. */
  attempts: number
  exception: string | null
  detail: string | null
}
