import { systemClock } from '../../core/clock.ts'
import { type Journal, mostExamined } from '../../journal/index.ts'
import { type DeliveryQuery, listDeliveryPage } from '../../operate/deliveries.ts'
import { followDeliveries } from '../../operate/follow-deliveries.ts'
import { findStuckOf } from '../../operate/stuck.ts'
import { filterOptions, readDeliveryFilter } from '../setup/delivery-filter.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readWholeNumber, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatCount, formatDuration } from '../terminal/text.ts'
import { untilInterrupted } from '../terminal/until-interrupted.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { formatDeliveries, formatDeliveryRows } from '../views/delivery-table.ts'
import { formatPaused } from '../views/status-words.ts'

export const deliveries: CliCommand = {
  usage: 'deliveries [--stuck | --follow] [--person <who>] [--event <id or type>] [--search <text>] [--since <time>] …',
  help: [
    'Lists deliveries, the newest first. A delivery carries one event to one connector.',
    'Statuses: pending, running, succeeded, failed, superseded, held, contradicted, no_match, uncertain.',
    'Kinds: sync and on, of event hooks; provision, deprovision, validate, preapprove, of inline hooks; resolve, which',
    'finds out whose access a deprovision takes away ("--kind deprovision" lists it where nothing followed).',
    'Of a period, it lists what came or ended in it. Below the table it says what the statuses in it mean.',
    'Resyncs and looks that changed nothing are folded into a count; --all and --json list them. An id is shown by its',
    'beginning, which all commands take; --json has it whole. With filters that no index leads to (--search, --answer, a',
    'type, a connector, a period) the newest 50,000 are looked at, and it says how to go on: --before.',
  ].join('\n'),
  options: {
    ...filterOptions,
    stuck: {
      type: 'boolean',
      describe: 'only what somebody should look at: a lockout or a revoke open for 2 min, held work, long waits',
    },
    follow: { type: 'boolean', describe: 'print what comes, and again when it has settled, until Ctrl-C' },
    all: { type: 'boolean', describe: 'list each resync and look, also those that changed nothing' },
    before: { type: 'string', value: '<dlv_…>', describe: 'only older than this one: the next page' },
    limit: { type: 'string', value: '<n>', describe: 'how many at most (default: 50)' },
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- deliveries --stuck',
    'npm run hub -- deliveries --person lena.park@acme.com --json',
    'npm run hub -- deliveries --search deactivate --since 2h',
    'npm run hub -- deliveries --follow --event "user.lifecycle.*"',
  ],
  exits: { ok: 'listed, even if nothing fits', no: 'the journal cannot be read, or no person is known as <who>' },
  async run(call) {
    const { words, options } = call
    refuseWords(words, 'deliveries')
    const query = readQuery(options)
    refuseTogether(options)
    return withJournal(call, async (journal) => {
      if (options.stuck) await printStuck(journal, { call, query })
      else if (options.follow) await follow(journal, { call, query })
      else await printPage(journal, { call, query })
      return true
    })
  },
}

type Listing = { call: Call; query: DeliveryQuery }

async function printPage(journal: Journal, { call: { terminal, options }, query }: Listing): Promise<void> {
  const { deliveries: rows, folded, next, bounded, tooManyPeople } = await listDeliveryPage(journal, query)
  // What was left out is told beside the JSON, so that a list that is not whole is not taken for one that is.
  const tell = options.json ? terminal.note : (text: string) => terminal.out(`\n${text}`)
  if (options.json) printJson(terminal, rows)
  else if (rows.length === 0) terminal.out('No delivery fits.')
  else printLines(terminal, formatDeliveries(rows, { terminal, now: new Date() }))
  const looks = formatCount(folded, 'resync or look', 'resyncs and looks')
  if (folded > 0) tell(`${looks} that changed nothing, or did not begin yet: --all lists them.`)
  if (tooManyPeople) tell('More than 200 people were seen under this: write more of it.')
  if (next === null) return
  const what = bounded ? `Looked at the newest ${mostExamined}` : `The newest ${query.limit}`
  tell(`${what}; older ones: --before ${next}`)
}

/** Follows until Ctrl-C. With --json one object a line. */
async function follow(journal: Journal, { call: { terminal, options }, query }: Listing): Promise<void> {
  await untilInterrupted((signal) =>
    followDeliveries(journal, {
      query,
      clock: systemClock,
      signal,
      onRows: (rows) => {
        if (options.json) for (const row of rows) terminal.out(JSON.stringify(row))
        else printLines(terminal, formatDeliveryRows(rows, { terminal, now: new Date() }))
      },
    }),
  )
}

async function printStuck(journal: Journal, { call: { terminal, options }, query }: Listing): Promise<void> {
  const { person, folds: _, ...filter } = query
  const { rows, paused, oldestDenialSeconds } = await findStuckOf(journal, { filter, who: person })
  if (options.json) {
    printJson(terminal, rows)
    return
  }
  const now = new Date()
  for (const state of paused) terminal.out(`${formatPaused(state, now)}\n`)
  const oldest = `The oldest lockout or revoke has been open for ${formatDuration(oldestDenialSeconds * 1000)}.\n`
  if (oldestDenialSeconds > 0) terminal.out(oldest)
  if (rows.length === 0) terminal.out('Nothing is stuck.')
  else printLines(terminal, formatDeliveries(rows, { terminal, now }))
  if (rows.length === filter.limit) terminal.out(`\nThe newest ${filter.limit}; --limit shows more.`)
}

function readQuery(given: Given): DeliveryQuery {
  const { status, limit, all, json, before } = given
  const query: DeliveryQuery = {
    ...readDeliveryFilter(given, new Date()),
    limit: readWholeNumber(limit, { option: '--limit', fallback: 50, least: 1, most: 100_000 }),
    folds: !(all || json || status !== undefined || isRoutineMeant(given)),
  }
  if (typeof before === 'string') query.before = before
  return query
}

/** Who names resyncs or looks wants to see them. */
function isRoutineMeant({ event, search }: Given): boolean {
  return [event, search].some((text) => typeof text === 'string' && /hub\.|resync|verify|^evt_|^dlv_/.test(text))
}

/** What is stuck is found by other rules, and what comes is not in the past. */
function refuseTogether(given: Given): void {
  const leader = given.stuck ? 'stuck' : given.follow ? 'follow' : undefined
  const others = given.stuck
    ? ['follow', 'event', 'search', 'answer', 'before', 'all']
    : ['since', 'until', 'before', 'limit']
  const wrong = leader && others.find((name) => given[name] !== undefined)
  if (!wrong) return
  throw new WrongUsage({
    what: `--${leader} and --${wrong} do not go together.`,
    why: given.stuck ? 'What is stuck is open work, whatever brought it.' : 'What is to come is followed.',
    fix: `Leave out --${wrong}.`,
  })
}
