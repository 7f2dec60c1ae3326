import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../../../connectors/index.ts'
import { requireConfiguration } from '../../../config/configuration.ts'
import { systemClock } from '../../../core/clock.ts'
import { readPolicy } from '../../../core/hub-settings.ts'
import { makeGoLiveReport } from '../../../operate/go-live-report.ts'
import { openInstalled } from '../../setup/open-installed.ts'
import { withJournal } from '../../setup/open-journal.ts'
import type { Call, CliOptions } from '../../terminal/command.ts'
import { readWholeNumber } from '../../terminal/options.ts'
import { startProgress } from '../../terminal/output.ts'
import { formatGoLive, goLiveColumns } from '../../views/go-live-lines.ts'
import { printReport } from './print-report.ts'
import { readAsk } from './read-ask.ts'

/** Options of the report on going live alone. */
export const goLiveOptions: CliOptions = {
  concurrency: {
    type: 'string',
    value: '<n>',
    describe: "go-live: people asked about at once, 1 to 32; the vendors' limits are shared with the hub (default: 4)",
  },
}

/**
 * Plans anew every person whom the hub has heard of, which after a resync is every person at the authority, and prints what
 * enforcing would do. False when a person could not be planned or is in conflict.
 */
export async function printGoLive(call: Call): Promise<boolean> {
  const { terminal, options, environment } = call
  const ask = readAsk(options)
  const concurrency = readWholeNumber(options.concurrency, { option: '--concurrency', fallback: 4, least: 1, most: 32 })
  const configuration = requireConfiguration(environment, connectors)
  const installed = openInstalled(configuration, configuration.hub.HUB_OUTBOUND_SECONDS)
  const { brake } = readPolicy(configuration.hub)
  return withJournal(call, async (journal) => {
    const bar = startProgress(terminal, { label: 'Planning', total: await journal.records.countAllPeople() })
    const plan = {
      ...{ journal, installed, clock: systemClock, concurrency },
      signal: new AbortController().signal,
      wait: (seconds: number) => sleep(seconds * 1000),
      onProgress: () => bar.advance(),
    }
    const report = await makeGoLiveReport(plan, ask).finally(bar.end)
    const { threshold } = await journal.orders.readBrakeStatus(brake)
    printReport(call, {
      head: report.head,
      rows: report.rows,
      columns: goLiveColumns,
      json: report,
      lines: formatGoLive(report, { terminal, threshold: brake.people === 0 ? null : threshold }),
    })
    return report.rows.every(({ error, conflicts }) => error === null && conflicts.length === 0)
  })
}
