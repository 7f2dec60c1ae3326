import { collectEvidence } from '../../../operate/evidence.ts'
import { withJournal } from '../../setup/open-journal.ts'
import type { Call } from '../../terminal/command.ts'
import { readWholeNumber } from '../../terminal/options.ts'
import { WrongUsage } from '../../terminal/wrong-usage.ts'
import { readAsk, readPeriod } from './read-ask.ts'

/** Prints all that the journal has about some leavers as JSON Lines: first the head, then one line for each. */
export async function printEvidence(call: Call): Promise<boolean> {
  const { options, terminal } = call
  if (options.csv || options.json) {
    const fix = 'Leave --csv and --json out.'
    throw new WrongUsage({ what: '--sample has a form of its own.', why: 'It prints JSON Lines.', fix })
  }
  const ask = readAsk(options)
  const period = readPeriod(options, ask)
  const count = readWholeNumber(options.sample, { option: '--sample', fallback: 5, least: 1, most: 100 })
  return withJournal(call, async (journal) => {
    const { head, rows } = await collectEvidence(journal, { ...ask, ...period, count, seed: readSeed(options.seed) })
    for (const line of [{ head }, ...rows]) terminal.out(JSON.stringify(line))
    return true
  })
}

function readSeed(given: Call['options'][string]): string {
  if (typeof given === 'string') return given
  throw new WrongUsage({
    what: '--seed is missing.',
    why: 'It decides who is in the sample: who names it beforehand cannot choose whom.',
    fix: 'Write --seed 2026Q4, for instance.',
  })
}
