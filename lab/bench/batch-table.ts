import type { Batch } from './batch.ts'
import { sumFaults } from './carried-out.ts'
import type { Table } from './report.ts'

/** How fast a batch was carried out while its hub was killed again and again, and what was lost or done twice. */
export function listBatchTables({ rows, budget, kills, ...measured }: Batch): Table[] {
  const { planSeconds, applySeconds, perSecond, share, awayP50Ms, awayMostMs, drainSeconds, outcome } = measured
  const { lost, twice } = sumFaults(outcome)
  const count = (value: number) => value.toLocaleString('en-US')
  return [
    {
      title: `A batch of ${count(rows)} replays at a budget of ${budget}/s, ${kills} times a SIGKILL and another hub at once`,
      head: ['', 'value', 'aim'],
      rows: [
        ['rows carried out/s, kills and restarts in it', perSecond.toFixed(0), ''],
        ['of the budget', share.toFixed(2), '≥ 0.9'],
        ['rows lost: not carried out, not on record, or not run', count(lost), '0'],
        ['done twice: on record, or run', count(twice), '0'],
        ['SIGKILL to the next row, p50 ms', awayP50Ms.toFixed(0), ''],
        ['SIGKILL to the next row, most ms', awayMostMs.toFixed(0), ''],
        ['planned in s', planSeconds.toFixed(0), ''],
        ['carried out in s', applySeconds.toFixed(0), ''],
        ['then run in s', drainSeconds.toFixed(1), ''],
      ],
    },
  ]
}
