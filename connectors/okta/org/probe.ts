import { CredentialError, type ProbeContext } from '../../../src/index.ts'
import type { OktaClient } from './client.ts'
import type { OktaConfig } from './config.ts'

/**
 * Reads the first user that the credential may see, whoever it is. A role or scope that is missing is refused here too; a
 * person outside the role's resource set is not asked for.
 */
export async function probe({ client, signal }: Pick<ProbeContext<OktaClient, OktaConfig>, 'client' | 'signal'>) {
  const answer = await client.get({ path: '/api/v1/users', query: { limit: '1' }, signal })
  if (answer.ok) return
  const message = `Okta answered ${[answer.status, answer.code, answer.summary].filter(Boolean).join(' ')} to a neutral read`
  throw answer.status === 401 || answer.status === 403 ? new CredentialError(message) : new Error(message)
}
