import type { Json } from '../../core/json.ts'
import { callOf, type InlineParts, type InlineResult, type InlineRun, result } from './access-work.ts'
import { askConnector } from './ask.ts'

/**
 * Puts the question of a `validate` or `preapprove` hook once more, as an operator's own; nobody is answered. Once, and
 * no more: no answer ends it too, for the one who wanted to know is there to ask again.
 */
export async function askAgain(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { kind } = run.delivery
  if (kind !== 'validate' && kind !== 'preapprove') throw new Error(`${kind} is no question.`)
  const budget = AbortSignal.timeout(run.connector.inline.budgetSeconds * 1000)
  const asked = await askConnector(kind, callOf(run, parts, AbortSignal.any([run.signal, budget])))
  run.assertHeld()
  if ('answer' in asked) return { ...result({ kind: 'succeeded' }, { kind: 'done' }), answer: asked.answer as Json }
  const { error, refused, wrongFields } = asked.unclear
  const code = wrongFields === null ? 'no_answer' : 'wrong_fields'
  return result({ kind: 'permanent', error, code }, { kind: 'refused', code: 'refused', reason: error }, { refused })
}
