import { type CsvColumn, formatCsv } from '../../../core/csv.ts'
import type { ReportHead } from '../../../operate/report-head.ts'
import type { Call } from '../../terminal/command.ts'
import { printJson, printLines } from '../../terminal/output.ts'
import { formatCsvReport, formatReportHead } from '../../views/report-head-lines.ts'

/** A report in each of its forms. */
export type PrintedReport<Row> = {
  head: ReportHead
  rows: readonly Row[]
  columns: readonly CsvColumn<Row>[]
  /** The whole answer for programs. */
  json: object
  /** The rows, and what follows from them, for people. */
  lines: readonly string[]
}

/** Prints a report in the form that was asked for. */
export function printReport<Row>({ options, terminal }: Call, report: PrintedReport<Row>): void {
  const { head, rows, columns, json, lines } = report
  // The terminal ends the last line itself.
  if (options.csv) terminal.out(formatCsvReport(head, formatCsv(rows, columns)).slice(0, -'\n'.length))
  else if (options.json) printJson(terminal, json)
  else printLines(terminal, [...lines, '', ...formatReportHead(head)])
}
