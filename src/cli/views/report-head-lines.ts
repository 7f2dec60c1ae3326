import { toCanonicalJson } from '../../core/canonical-json.ts'
import { sha256, toHex } from '../../core/crypto.ts'
import { formatCsvLine } from '../../core/csv.ts'
import { formatInZone } from '../../core/zone.ts'
import type { Gap } from '../../operate/coverage.ts'
import type { ReportHead } from '../../operate/report-head.ts'
import { alignRows } from '../terminal/columns.ts'
import { toPlainText } from '../terminal/text.ts'

/** The head of a report for people; on a terminal it stands below the rows, where it is seen. */
export function formatReportHead(head: ReportHead): string[] {
  const { report, filter, zone, madeAt, ranBy, version, rows, complete } = head
  const time = (value: string | null) => (value === null ? '–' : `${formatInZone(value, zone)} ${zone}`)
  const asked = Object.entries(filter).map(([name, value]) => `${name} ${toPlainText(String(value))}`)
  return [
    ...alignRows([
      ['Report', `${report}${asked.length > 0 ? `: ${asked.join(', ')}` : ''}`],
      ['Made', `${time(madeAt)}, by ${toPlainText(ranBy.actor)} (${ranBy.way}), Bellhop ${version}`],
      ['Rows', `${rows}, SHA-256 ${head.sha256}`],
      ['Complete', `since ${time(complete.since)}, up to ${time(complete.upTo)}`],
      ...complete.missing.map((gap): [string, string] => ['Missing', describeGap(gap, time)]),
    ]),
  ]
}

function describeGap({ source, at, detail }: Gap, time: (value: string | null) => string): string {
  return `${source === null ? '' : `${toPlainText(source)}, `}${at === null ? '' : `${time(at)}: `}${detail}`
}

/** The lines before the CSV of a report: each begins with `#`, and there are always as many. */
export const csvHeadLines = 13

/** A report as CSV: its head, then the titles and the rows, of which the head has a hash of its own. */
export function formatCsvReport(head: ReportHead, body: string): string {
  const { report, filter, zone, madeAt, ranBy, version, rows, complete } = head
  const missing = complete.missing.map(({ code, source, at }) =>
    [code, source, at].filter((one) => one !== null).join(' '),
  )
  const facts: [string, string | number | null][] = [
    ['report', report],
    ['filter', toCanonicalJson(filter)],
    ['zone', zone],
    ['made_at', madeAt],
    ['ran_by', `${ranBy.actor} (${ranBy.way}, ${ranBy.account})`],
    ['version', version],
    ['rows', rows],
    ['sha256_rows', head.sha256],
    ['complete_since', complete.since],
    ['complete_up_to', complete.upTo],
    ['oldest_event_at', complete.oldestEventAt],
    ['missing', missing.join('; ')],
    ['sha256_below', toHex(sha256(new TextEncoder().encode(body)))],
  ]
  return facts.map(([name, value]) => formatCsvLine([`# ${name}`, value])).join('') + body
}
