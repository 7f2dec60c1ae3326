import type { PersonLook } from '../../operate/look-at-person.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, toPlainText } from '../terminal/text.ts'

/** What vendors say of a person now, a line for each of them, and one for each thing that a run would do. */
export function formatLook({ state, error, connectors }: PersonLook, { paint }: Pick<Terminal, 'paint'>): string[] {
  const said = state ? `the authority says ${toPlainText(state.status)}` : `the authority: ${toPlainText(error ?? '')}`
  return [paint.bold('Now'), `  ${said}`, ...connectors.flatMap(formatConnector)]
}

function formatConnector({
  connector,
  changes,
  conflicts,
  stopped,
  error,
}: PersonLook['connectors'][number]): string[] {
  if (error !== null) return [`  ${connector}: ${toPlainText(error)}`]
  if (changes.length + conflicts.length === 0) return [`  ${connector}: all is as it should be`]
  const waits = stopped === null ? '' : `, ${stopped}`
  return [
    `  ${connector}: ${formatCount(changes.length, 'change', 'changes')} to do${waits}`,
    ...changes.map(({ summary }) => `    ${toPlainText(summary)}`),
    ...conflicts.map(({ target, reason }) => `    ${toPlainText(target)}: ${toPlainText(reason)}`),
  ]
}
