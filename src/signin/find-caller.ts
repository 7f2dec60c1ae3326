import { errorMessage } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Journal } from '../journal/index.ts'
import type { Caller } from './caller.ts'
import { hashSecretText } from './secret-text.ts'

/**
 * Finds who bears a token; null: nobody, or a token that is unknown, revoked or expired, or whose person is denied. All
 * of these are one statement and one answer. Nothing is remembered between requests, so that a revoke and a denial
 * count from their commit on.
 */
export async function findCaller(
  { journal, log }: { journal: Pick<Journal, 'records'>; log: Log },
  text: string,
): Promise<Caller | null> {
  const hash = hashSecretText('token', text)
  const token = hash === null ? null : await journal.records.findToken(hash)
  if (!token) return null
  const { id, name, owner, role, person, isUseNoted } = token
  // The note is for people who clean up tokens: a database that cannot be written keeps nobody from reading.
  if (!isUseNoted) {
    await journal.records.noteTokenUse(id).catch((thrown) => {
      log.warn({ token: id, error: errorMessage(thrown) }, 'The use of a token could not be noted')
    })
  }
  return { actor: `${owner} (token ${id}, ${name})`, account: id, role, way: 'api', person }
}
