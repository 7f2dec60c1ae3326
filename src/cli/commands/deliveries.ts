import { deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import type { DeliveryFilter, Journal } from '../../journal/index.ts'
import { makeUnknownPersonError } from '../../operate/one-person.ts'
import { findStuck, type Stuck } from '../../operate/stuck.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readTime, readWholeNumber, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatDuration } from '../terminal/text.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'
import { formatDeliveries } from '../views/delivery-table.ts'
import { formatPaused } from '../views/status-words.ts'

export const deliveries: CliCommand = {
  usage: 'deliveries [--status <status>] [--kind <kind>] [--stuck] [--connector <id>] [--person <who>] [--since <t>]',
  help: [
    'Lists deliveries, the newest first. A delivery carries one event to one connector.',
    'Statuses: pending, running, succeeded, failed, superseded, held, contradicted, no_match, uncertain.',
    'Kinds: sync and on, of event hooks; provision, deprovision, validate, preapprove, of inline hooks; resolve, which',
    'finds out whose access a deprovision takes away ("--kind deprovision" lists it where nothing followed).',
    'Of a period, it lists what came or ended in it. Below the table it says what the statuses in it mean.',
  ].join('\n'),
  options: {
    status: { type: 'string', value: '<status>', describe: 'only those that stand there' },
    kind: { type: 'string', value: '<kind>', describe: 'only those of this kind' },
    stuck: {
      type: 'boolean',
      describe: 'only what somebody should look at: a lockout or a revoke open for 2 min, held work, long waits',
    },
    connector: { type: 'string', value: '<id>', describe: 'only those to this connector, such as auth0' },
    person: {
      type: 'string',
      value: '<who>',
      describe: "only those of this person: e-mail (also of a request), login, Okta's id or per_…",
    },
    since: { type: 'string', value: '<time>', describe: 'only from then on: 30m, 2h, 3d, or 2026-05-14T02:10' },
    until: { type: 'string', value: '<time>', describe: 'only before then' },
    limit: { type: 'string', value: '<n>', describe: 'how many at most (default: 50)' },
    ...folderOption,
    ...jsonOption,
  },
  examples: ['npm run hub -- deliveries --stuck', 'npm run hub -- deliveries --person lena.park@acme.com --json'],
  exits: { ok: 'listed, even if nothing fits', no: 'the journal cannot be read, or no person is known as <who>' },
  async run(call) {
    const { words, options, terminal } = call
    refuseWords(words, 'deliveries')
    const filter = readFilter(options)
    return withJournal(call, async (journal) => {
      const { rows, paused, oldestDenialSeconds } = await findDeliveries(journal, { filter, options })
      if (options.json) printJson(terminal, rows)
      else {
        const now = new Date()
        for (const state of paused) terminal.out(`${formatPaused(state, now)}\n`)
        const oldest = `The oldest lockout or revoke has been open for ${formatDuration(oldestDenialSeconds * 1000)}.\n`
        if (options.stuck && oldestDenialSeconds > 0) terminal.out(oldest)
        if (rows.length === 0) terminal.out(options.stuck ? 'Nothing is stuck.' : 'No delivery fits.')
        else printLines(terminal, formatDeliveries(rows, { terminal, now }))
        if (rows.length === filter.limit) terminal.out(`\nThe newest ${filter.limit}; --limit shows more.`)
      }
      return true
    })
  },
}

function readFilter({ status, kind, connector, since, until, limit }: Given): DeliveryFilter {
  const filter: DeliveryFilter = {
    limit: readWholeNumber(limit, { option: '--limit', fallback: 50, least: 1, most: 100_000 }),
  }
  if (typeof status === 'string') filter.status = readOneOf('status', status, deliveryStatuses)
  if (typeof kind === 'string') filter.kind = readOneOf('kind', kind, deliveryKinds)
  if (typeof connector === 'string') filter.connector = connector
  const now = new Date()
  if (since !== undefined) filter.since = readTime(since, { option: '--since', now })
  if (until !== undefined) filter.until = readTime(until, { option: '--until', now })
  if (filter.since !== undefined && filter.until !== undefined && filter.since >= filter.until) {
    throw new WrongUsage({
      what: `--until ${until} is not after --since ${since}.`,
      why: 'Nothing lies between them.',
      fix: 'Give the earlier time to --since.',
    })
  }
  return filter
}

/** The one of the known words that an option gives. */
function readOneOf<Word extends string>(option: 'status' | 'kind', given: string, words: readonly Word[]): Word {
  const known = words.find((candidate) => candidate === given)
  if (known) return known
  const meant = findClosest(given, words)
  throw new WrongUsage({
    what: `There is no ${option} "${given}".`,
    why: `A delivery is one of: ${words.join(', ')}.`,
    fix: meant ? `Did you mean --${option} ${meant}?` : 'Choose one of these.',
  })
}

async function findDeliveries(
  journal: Journal,
  { filter, options }: { filter: DeliveryFilter; options: Given },
): Promise<Stuck> {
  const look = options.stuck
    ? (one: DeliveryFilter) => findStuck(journal, one)
    : async (one: DeliveryFilter) => ({
        rows: await journal.records.listDeliveries(one),
        paused: [],
        oldestDenialSeconds: 0,
      })
  const { person: who } = options
  if (typeof who !== 'string') return look(filter)
  const people = await journal.records.findPeople(who)
  const asked = await journal.records.listDeliveries({ email: who, limit: 1 })
  if (people.length === 0 && asked.length === 0) throw makeUnknownPersonError(who)
  const found = await Promise.all([
    look({ ...filter, email: who }),
    ...people.map(({ id }) => look({ ...filter, person: id })),
  ])
  const rows = [...new Map(found.flatMap((one) => one.rows).map((row) => [row.id, row])).values()]
  const newestFirst = rows.sort((a, b) => new Date(b.createdAt).getTime() - new Date(a.createdAt).getTime())
  return {
    rows: newestFirst.slice(0, filter.limit),
    paused: found[0]?.paused ?? [],
    oldestDenialSeconds: found[0]?.oldestDenialSeconds ?? 0,
  }
}
