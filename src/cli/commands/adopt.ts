import { systemClock } from '../../core/clock.ts'
import type { PersonState } from '../../core/person.ts'
import type { ConflictRow } from '../../journal/index.ts'
import { type Adoptable, adoptUser, findAdoptable } from '../../operate/adopt.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { makeSyncQueue, openInstalledFrom } from '../setup/open-installed.ts'
import { withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder } from '../setup/operator-orders.ts'
import { confirm } from '../terminal/ask.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Call, CliOptions } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatTime, toPlainText } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

/** What only `person adopt` takes. */
export const adoptOptions: CliOptions = {
  connector: { type: 'string', value: '<id>', describe: 'adopt: where the user is, if that is not clear' },
  unseen: { type: 'boolean', describe: 'adopt: take the user though the hub has met no conflict there' },
  yes: { type: 'boolean', describe: 'adopt: with no user named, do not ask; erase: do not ask' },
  ...orderOptions,
}

/** `person adopt <who> [<user>]`: records that a user whom the hub would not touch belongs to this person. */
export async function adoptForPerson(call: Call): Promise<boolean> {
  const { words, options, terminal, environment } = call
  if (words[0] === 'list') return listConflicts({ ...call, words: words.slice(1) })
  const [who, target = null, more] = words
  if (who === undefined || more !== undefined) {
    throw new WrongUsage({
      what: who === undefined ? 'e-mail or id is missing.' : `"${more}" is one word too many.`,
      why: 'The command "person adopt" is about one person and one user of theirs.',
      fix: 'Write npm run hub -- person adopt <e-mail or id> \'<user id>\' --reason "…".',
    })
  }
  const note = readOrder(options, `npm run hub -- person adopt ${who}${target === null ? '' : ` '${target}'`}`)
  const installed = openInstalledFrom(environment)
  return withJournal(call, async (journal) => {
    const queueSync = makeSyncQueue(journal, installed)
    const person = await findOnePerson(journal, who)
    const connector = typeof options.connector === 'string' ? options.connector : null
    const found = await findAdoptable(
      { journal, installed },
      { person, target, connector, unseen: options.unseen === true },
    )
    if (target === null && !(await askToAdopt(call, found, person.state))) return false
    const order = { connector: found.connector, target: found.target, ...note }
    await adoptUser({ journal, queueSync, clock: systemClock }, { person, ...order })
    const { id, source, authorityId } = person
    if (options.json) printJson(terminal, { person: id, source, authorityId, ...order, queued: true })
    else {
      terminal.out(`${toPlainText(found.target)} at ${found.connector} is from now on ${source} ${authorityId}'s.`)
      terminal.out(`The running hub asks ${source} now, and does what is true then. ${describeExpected(person.state)}`)
      terminal.out(`See what came of it: npm run hub -- person ${id}`)
    }
    return true
  })
}

async function askToAdopt(
  { options, terminal }: Call,
  { connector, target, conflict }: Adoptable,
  state: PersonState | null,
): Promise<boolean> {
  if (options.yes === true) return true
  const what = `${connector} ${toPlainText(target)}${conflict ? ` (${toPlainText(conflict.reason)})` : ''}`
  if (terminal.canAsk) return confirm(`Adopt ${what}? ${describeExpected(state)}`)
  terminal.note(
    `This would adopt ${what}. ${describeExpected(state)}\nNothing was done: name the user behind the person, or add --yes.`,
  )
  return false
}

/** What the run will do, judged by the authority's last word: that is what an operator can check. It may have changed. */
function describeExpected(state: PersonState | null): string {
  if (state?.access === 'allow')
    return `It said ${state.status} last: the user is unblocked, if the hub had blocked them.`
  if (state?.access === 'deny') return `It said ${state.status} last: the user is to be locked out.`
  return state ? `It said ${state.status} last: nothing changes by that.` : 'It has not answered for them yet.'
}

async function listConflicts(call: Call): Promise<boolean> {
  refuseWords(call.words, 'person adopt list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const rows = await journal.records.listOpenConflicts()
    if (options.json) printJson(terminal, rows)
    else if (rows.length === 0) terminal.out('Nobody is in conflict.')
    else printLines(terminal, formatConflicts(rows, terminal))
    return true
  })
}

function formatConflicts(rows: readonly ConflictRow[], { paint, width }: Terminal): string[] {
  const now = new Date()
  const columns: Column<ConflictRow>[] = [
    { title: 'WHO', cell: ({ login, authorityId }) => toPlainText(login ?? authorityId), shrinksTo: 12 },
    { title: 'AT', cell: ({ source, authorityId }) => `${source} ${toPlainText(authorityId)}`, shrinksTo: 12 },
    { title: 'USER', cell: ({ connector, target }) => `${connector} ${toPlainText(target)}` },
    { title: 'WHY NOT TOUCHED', cell: ({ reason }) => toPlainText(reason), shrinksTo: 20 },
    { title: 'MET', cell: ({ at }) => formatTime(at, now) },
  ]
  return formatTable(rows, columns, { width, bold: paint.bold })
}
