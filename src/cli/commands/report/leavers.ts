import { reportLeavers } from '../../../operate/leavers.ts'
import { withJournal } from '../../setup/open-journal.ts'
import type { Call, CliOptions, Given } from '../../terminal/command.ts'
import { WrongUsage } from '../../terminal/wrong-usage.ts'
import { formatLeavers, leaverColumns } from '../../views/leavers-lines.ts'
import { printAgainst } from './against.ts'
import { printEvidence } from './evidence.ts'
import { printReport } from './print-report.ts'
import { readAsk, readPeriod } from './read-ask.ts'

/** Options of the report on leavers alone. */
export const leaversOptions: CliOptions = {
  from: {
    type: 'string',
    value: '<time>',
    describe: 'who left at or after this: 30d, or 2026-05-01 (default: 30d)',
  },
  to: { type: 'string', value: '<time>', describe: 'who left before this (default: now)' },
  against: {
    type: 'string',
    value: '<file>',
    describe: 'leavers: a CSV of who left (email or okta_id, left_on): says who is still let in',
  },
  live: { type: 'boolean', describe: 'with --against: read each person at the authority now' },
  sample: {
    type: 'string',
    value: '<n>',
    describe: 'leavers: all that the journal has on so many of them, 1 to 100, as JSON Lines',
  },
  seed: {
    type: 'string',
    value: '<text>',
    describe: 'with --sample: decides who is in it; the same seed picks the same people',
  },
}

/** Prints the evidence of every leaving within a period, or of some of them, or what a file says of who left. */
export async function printLeavers(call: Call): Promise<boolean> {
  const { against, sample } = call.options
  if (typeof against === 'string') return printAgainst(call, against)
  refuseAlone(call.options)
  return sample === undefined ? printPeriod(call) : printEvidence(call)
}

function refuseAlone({ live, seed, sample }: Given): void {
  const [alone, other] = live
    ? ['--live', '--against <file>']
    : seed !== undefined && !sample
      ? ['--seed', '--sample <n>']
      : []
  if (alone === undefined) return
  throw new WrongUsage({
    what: `${alone} goes with ${other} alone.`,
    why: 'It says nothing without it.',
    fix: `Add ${other}.`,
  })
}

async function printPeriod(call: Call): Promise<boolean> {
  const ask = readAsk(call.options)
  const period = readPeriod(call.options, ask)
  return withJournal(call, async (journal) => {
    const { head, secondsToLockout, leavers } = await reportLeavers(journal, { ...ask, ...period })
    const view = { terminal: call.terminal, now: ask.now, zone: ask.zone }
    printReport(call, {
      head,
      rows: leavers,
      columns: leaverColumns,
      json: { head, ...period, secondsToLockout, leavers },
      lines:
        leavers.length === 0
          ? ['Nobody left in this time.']
          : formatLeavers({ rows: leavers, times: secondsToLockout }, view),
    })
    return true
  })
}
