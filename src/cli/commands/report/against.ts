import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { sha256, toHex } from '../../../core/crypto.ts'
import { decodeText } from '../../../core/decode-text.ts'
import { UsageError } from '../../../core/errors.ts'
import { reportAgainst } from '../../../operate/leavers-against.ts'
import { openInstalledFrom } from '../../setup/open-installed.ts'
import { withJournal } from '../../setup/open-journal.ts'
import type { Call } from '../../terminal/command.ts'
import { WrongUsage } from '../../terminal/wrong-usage.ts'
import { againstColumns, formatAgainst } from '../../views/against-lines.ts'
import { printReport } from './print-report.ts'
import { readAsk } from './read-ask.ts'

/** Prints who left by a file of the human resources department. False when a line could not be told. */
export async function printAgainst(call: Call, path: string): Promise<boolean> {
  const { options, terminal, environment } = call
  refuseOthers(options)
  const ask = readAsk(options)
  const bytes = await readGivenFile(path)
  const file = `${basename(path)} sha256:${toHex(sha256(bytes))}`
  const live = options.live
    ? { installed: openInstalledFrom(environment), clock: systemClock, signal: new AbortController().signal }
    : undefined
  return withJournal(call, async (journal) => {
    const report = await reportAgainst(journal, { ...ask, text: decodeText(bytes), file, live })
    const { head, rows } = report
    printReport(call, { head, rows, columns: againstColumns, json: report, lines: formatAgainst(rows, terminal) })
    return rows.every(({ finding }) => finding === 'out' || finding === 'not_due' || finding === 'still_active')
  })
}

function refuseOthers(options: Call['options']): void {
  const [wrong] = ['from', 'to', 'sample', 'seed'].filter((name) => options[name] !== undefined)
  if (wrong === undefined) return
  throw new WrongUsage({
    what: `--${wrong} does not go with --against.`,
    why: 'The file says who left, and when.',
    fix: `Leave --${wrong} out.`,
  })
}

async function readGivenFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch {
    throw new UsageError({
      what: `${path} cannot be read.`,
      why: 'There is no such file, or no right to it.',
      fix: 'Name a CSV file.',
    })
  }
}
