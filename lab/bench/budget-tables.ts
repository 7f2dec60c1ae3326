import type { Budget } from './budget.ts'
import type { Table } from './report.ts'

export function listBudgetTables(measured: Budget): Table[] {
  const { callsPerSecond, aloneMs, besideMs, notHeld, rowsBeside, rows, rowsPerSecond } = measured
  const share = rowsPerSecond / callsPerSecond
  return [
    {
      title: `From hook to the PATCH answered, with a budget of ${callsPerSecond} calls a second at each vendor`,
      head: ['', 'p50 ms', 'max ms', 'not held', 'aim'],
      rows: [
        ['alone', aloneMs.p50.toFixed(0), aloneMs.max.toFixed(0), '', ''],
        [
          `while a batch carries out ${rowsBeside} rows`,
          ...[besideMs.p50, besideMs.max].map((ms) => ms.toFixed(0)),
          String(notHeld),
          'max < 1000 more',
        ],
      ],
    },
    {
      title: `A batch of ${rows} replays through connectors that call nobody`,
      head: ['', 'rows/s', 'of the budget', 'aim'],
      rows: [['carried out', rowsPerSecond.toFixed(0), share.toFixed(2), '≥ 0.9']],
    },
  ]
}
