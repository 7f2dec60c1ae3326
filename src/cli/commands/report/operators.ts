import { reportOperators } from '../../../operate/operators.ts'
import { withJournal } from '../../setup/open-journal.ts'
import type { Call } from '../../terminal/command.ts'
import { formatOperators, operatorColumns } from '../../views/operators-lines.ts'
import { printReport } from './print-report.ts'
import { readAsk, readPeriod } from './read-ask.ts'

/** Prints who could order within a period, and what they did. */
export async function printOperators(call: Call): Promise<boolean> {
  const ask = readAsk(call.options)
  const period = readPeriod(call.options, ask)
  return withJournal(call, async (journal) => {
    const report = await reportOperators(journal, { ...ask, ...period })
    const { head, rows } = report
    const lines = formatOperators(rows, { terminal: call.terminal, zone: ask.zone })
    printReport(call, { head, rows, columns: operatorColumns, json: report, lines })
    return true
  })
}
