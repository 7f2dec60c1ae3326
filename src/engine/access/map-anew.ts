import { accessesOf, mapRevoke, notAllowed } from '../../host/allow-list.ts'
import type { InlineParts, InlineResult, InlineRun } from './access-work.ts'
import { result } from './access-work.ts'

/**
 * A revoke that nobody had allowed when it came in, by the allow-list of now. What is still not on it ends as it did:
 * the connector cannot be told what to take away.
 */
export async function mapAnew(run: InlineRun, { journal }: InlineParts): Promise<InlineRun | InlineResult> {
  const { delivery, connector } = run
  const { unmapped: _, ...asked } = delivery.inline.request
  // The application itself is journaled as a permission without a value.
  const permissions = asked.request.permissions.filter(({ value }) => value !== '')
  const mapped = await mapRevoke({ ...asked.request, permissions }, connector, journal)
  if ('unmapped' in mapped) {
    const error = notAllowed(asked.request, { installed: connector, values: mapped.unmapped })
    const reply = { kind: 'refused', code: 'unmapped_request', reason: error } as const
    return result({ kind: 'permanent', error, final: true, code: 'unmapped' }, reply)
  }
  const request = { ...asked, request: { ...asked.request, permissions: mapped.permissions }, whole: mapped.whole }
  return { ...run, delivery: { ...delivery, inline: { ...delivery.inline, request, accesses: accessesOf(request) } } }
}
