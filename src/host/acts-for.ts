import { type AskedAccess, accessesOf, type InlineKind, instanceOf } from '../core/access.ts'
import type { Connector } from '../core/connector.ts'
import type { Journal } from '../journal/index.ts'
import type { Installed } from './installed.ts'

type Target = { connector: Connector; config: Record<string, unknown> }

/**
 * Whether a connector acts on an authority's people. With several orgs and several tenants its settings say so: a leaver
 * of a preview org must not reach production.
 */
export function actsFor({ connector, config }: Target, authority: string): boolean {
  const named = connector.actsFor?.({ config }) ?? []
  return named.length === 0 || named.includes(authority)
}

type ForeignQuestion = { installed: Installed; asked: AskedAccess; kind: InlineKind }

/**
 * Whether a request is about a person whom the connector does not act on. What was granted to such a person once is taken
 * away all the same.
 */
export async function isForeign(
  { installed, asked, kind }: ForeignQuestion,
  journal: Pick<Journal, 'access'>,
): Promise<boolean> {
  const { authority, subject, whole } = asked
  if (actsFor(installed, authority)) return false
  if (kind !== 'deprovision') return true
  const accesses = accessesOf(asked)
  const application = whole ? instanceOf(asked.application) : null
  const question = { connector: installed.id, authority, email: subject.email, accesses, whole: application }
  return (await journal.access.findGrantees(question)).length === 0
}

/** Says why a request about another authority's person is refused. */
export function explainForeign({ id }: { id: string }, authority: string): string {
  return `${id} does not act on people of ${authority}.`
}
