import type { OktaConnection } from '../org/connection.ts'

/** Whose access it is. */
export type Grantee = { client: OktaConnection; signal: AbortSignal; userId: string }

/** What can be done with one kind of target, by its id at Okta. */
export type Access = {
  /**
   * What it is called.
   * @throws PermanentError when nobody must get it through the hub, whoever asks
   */
  check(id: string, context: Omit<Grantee, 'userId'>): Promise<string>
  /** Does nothing for somebody who has it. */
  give(id: string, grantee: Grantee): Promise<void>
  /** Does nothing for somebody who has not got it, and for one who is gone. */
  take(id: string, grantee: Grantee): Promise<void>
}
