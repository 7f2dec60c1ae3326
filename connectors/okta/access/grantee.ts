import { PermanentError, type Person } from '../../../src/index.ts'
import type { OktaConnection } from '../org/connection.ts'
import type { Grantee } from './access.ts'

/**
 * The Okta user whose access it is. One id in two orgs is two people, so a person of another authority is refused:
 * for a grant that is the end, and a removal stays in sight until an operator has looked where the access really is.
 */
export function granteeOf(context: { client: OktaConnection; signal: AbortSignal; person: Person }): Grantee {
  const { client, signal, person } = context
  if (person.source === client.id) return { client, signal, userId: person.authorityId }
  const why = `The person is one of ${person.source}, and ${client.id} changes access of people of its own org only.`
  throw new PermanentError(`${why} Point the hook at the connector of the org that the person belongs to.`)
}
