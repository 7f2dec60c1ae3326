import { isZone, readInZone } from '../../../core/zone.ts'
import type { ReportAsk } from '../../../operate/report-head.ts'
import { readOperator } from '../../setup/operator-orders.ts'
import { type CliOptions, type Given, jsonOption } from '../../terminal/command.ts'
import { parseSince } from '../../terminal/text.ts'
import { WrongUsage } from '../../terminal/wrong-usage.ts'

/** The options of every report. */
export const reportOptions: CliOptions = {
  zone: {
    type: 'string',
    value: '<zone>',
    describe: "whose days and times are meant, such as Europe/Berlin (default: this machine's)",
  },
  csv: { type: 'boolean', describe: 'print CSV, for auditors' },
  ...jsonOption,
}

/** Reads who asks for a report, when, and in which zone. */
export function readAsk({ zone, csv, json }: Given): ReportAsk {
  if (csv && json) {
    const fix = 'Leave one of them out.'
    throw new WrongUsage({ what: '--csv and --json are two things.', why: 'Each is a whole answer.', fix })
  }
  const { by, way } = readOperator({})
  return { reader: { actor: by, account: by, way }, now: new Date(), zone: readZone(zone) }
}

function readZone(given: Given[string]): string {
  const zone = given === undefined ? Intl.DateTimeFormat().resolvedOptions().timeZone : String(given)
  if (isZone(zone)) return zone
  throw new WrongUsage({
    what: `--zone ${zone} is no time zone.`,
    why: 'It takes a name of the IANA time zone database.',
    fix: 'Write --zone Europe/Berlin, or --zone UTC.',
  })
}

/** Reads a period: days and times count in the report's zone, and spans before now. */
export function readPeriod({ from = '30d', to }: Given, { now, zone }: ReportAsk): { from: string; to: string } {
  const start = readTime('--from', String(from), { now, zone })
  const end = to === undefined ? now : readTime('--to', String(to), { now, zone })
  if (start < end) return { from: start.toISOString(), to: end.toISOString() }
  const what = 'The period ends before it begins.'
  throw new WrongUsage({ what, why: '--from is not earlier than --to.', fix: 'Turn them around.' })
}

function readTime(option: string, given: string, { now, zone }: Pick<ReportAsk, 'now' | 'zone'>): Date {
  const time = readInZone(given, zone) ?? parseSince(given, now)
  if (time) return time
  const fix = 'Write a span such as 30d, or a time such as 2026-05-14T08:30.'
  throw new WrongUsage({ what: `${option} ${given} is no time.`, why: 'The report is about a period.', fix })
}
