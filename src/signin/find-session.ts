import { errorMessage } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { FoundSession, Journal, SessionRefusal } from '../journal/index.ts'
import type { Caller } from './caller.ts'
import { hashSecretText } from './secret-text.ts'

type SessionNeeds = { journal: { records: Pick<Journal['records'], 'findSession' | 'noteSessionUse'> }; log: Log }

/**
 * Finds who bears a session's cookie, by one statement, of which nothing is remembered: a denial of the person counts from
 * its commit on. Else why it opens nothing; null: there is no such session.
 */
export async function findSession(
  { journal, log }: SessionNeeds,
  secret: string,
): Promise<Caller | SessionRefusal | null> {
  const hash = hashSecretText('session', secret)
  const found = hash === null ? null : await journal.records.findSession(hash)
  if (!found) return null
  const { id, refusal } = found
  if (refusal !== null) {
    log.info({ session: id, refusal }, `A session is refused: ${refusalWords[refusal]}`)
    return refusal
  }
  // It is refused as idle sooner where that cannot be written, and keeps nobody from reading meanwhile.
  if (!found.isUseNoted) {
    await journal.records.noteSessionUse(id).catch((thrown) => {
      log.warn({ session: id, error: errorMessage(thrown) }, 'The use of a session could not be noted')
    })
  }
  return toCaller(found)
}

const refusalWords: Readonly<Record<SessionRefusal, string>> = {
  ended: 'it was ended',
  expired: 'it is too old',
  idle: 'it was not used for too long',
  denied: 'its person is denied',
  unread: 'its person was not read at the authority for 30 minutes',
  roles_old: 'its issuer has not said its role for an hour',
}

function toCaller({ id, way, account, person, name, role, expiresAt }: FoundSession): Caller {
  const session = { id, way, expiresAt, bound: person !== null }
  return { actor: name ?? account, account, role, way: 'console', person, session }
}
