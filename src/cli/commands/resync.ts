import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { defaultUpkeepTiming } from '../../core/policy.ts'
import type { ListingCounts, Sql } from '../../journal/index.ts'
import { checkMigrated, makeGroupCommit, makeJournal } from '../../journal/index.ts'
import { chooseListing, type ResyncWish } from '../../operate/resync-orders.ts'
import { makeWorkScope } from '../../runtime/work-scope.ts'
import type { ResyncMode } from '../../upkeep/open-listing.ts'
import { makeResync, type Resync } from '../../upkeep/resync.ts'
import { makeSyncQueue, openPaced } from '../setup/open-installed.ts'
import { folderOption, withDatabase } from '../setup/open-journal.ts'
import { readOperator } from '../setup/operator-orders.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { printJson } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, formatLocalTime, parseSince } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

/** `<source> resync`: for every source whose authority can list its people. */
export function makeResyncCommand(source: string): CliCommand {
  return {
    usage: `${source} resync [--since <time or span>] [--full [--apply]]`,
    help: [
      `Lists who changed at ${source}, and has the running hub look at each: what is true there now is brought to every`,
      'connector. Without options: since the last resync. The hub does that by itself at its start and every 15 minutes.',
      '--full looks at everybody, also at those who left before the hub was there. The first time it only records them,',
      'so that "report go-live" says what would be done to whom; --apply does it. The brake stops what is too much.',
    ].join('\n'),
    options: {
      since: { type: 'string', value: '<time>', describe: '90s, 30m, 2h, 3d, or a time such as 2026-05-14T08:30' },
      full: { type: 'boolean', describe: 'everybody, whenever they changed, and who is not listed any more' },
      apply: { type: 'boolean', describe: 'with the first --full: do it, and not only record who is there' },
      ...folderOption,
      ...jsonOption,
    },
    examples: [`npm run hub -- ${source} resync --since 2h`, `npm run hub -- ${source} resync --full --json`],
    exits: { ok: 'all who were listed are queued, or recorded', no: 'another process is at it, or the listing failed' },
    async run(call) {
      refuseWords(call.words, `${source} resync`)
      const wish = readWish(call.options, new Date())
      return withDatabase(call, async ({ sql, migrations }) => {
        await checkMigrated(sql, migrations)
        const mode = await chooseListing(makeJournal(sql), source, wish)
        return resyncNow({ call, source, mode }, openResync(call, sql))
      })
    },
  }
}

function readWish({ since, full, apply }: Given, now: Date): ResyncWish {
  if (apply && !full) {
    const fix = 'Write --full --apply.'
    throw new WrongUsage({ what: '--apply goes with --full alone.', why: 'Other resyncs act at once.', fix })
  }
  if (full && since !== undefined) {
    const fix = 'Leave one of them out.'
    throw new WrongUsage({ what: '--full and --since are two things.', why: '--full looks at everybody.', fix })
  }
  const wish = { full: full === true, apply: apply === true }
  if (since === undefined) return { ...wish, since: null }
  const time = typeof since === 'string' ? parseSince(since, now) : null
  if (time && time <= now) return { ...wish, since: time.toISOString() }
  throw new WrongUsage({
    what: `--since ${since} is no time in the past.`,
    why: 'Who changed since then is listed.',
    fix: 'Write a span such as 2h, 30m or 3d, or a time such as 2026-05-14T08:30.',
  })
}

/** Makes a resync of this process. It queues alone: the hub that runs delivers. */
function openResync({ environment }: Call, sql: Sql): Resync {
  const journal = makeJournal(sql, makeGroupCommit(sql))
  const scope = makeWorkScope()
  const installed = openPaced(environment, { journal, scope })
  const queueSync = makeSyncQueue(journal, installed)
  const needs = { journal, installed, queueSync, scope, clock: systemClock, log: silentLog }
  return makeResync({ ...needs, timing: defaultUpkeepTiming })
}

type Work = { call: Call; source: string; mode: ResyncMode }

async function resyncNow({ call, source, mode }: Work, resync: Resync): Promise<boolean> {
  const { terminal, options } = call
  const signal = new AbortController().signal
  const operator = readOperator({})
  const onProgress = makeDrawProgress(terminal, source)
  const result = await resync({ source, mode, signal, operator, onProgress }).finally(() => terminal.draw('\r\u001b[K'))
  if (options.json) printJson(terminal, result ? { source, ...result } : { source, busy: true })
  else if (!result) terminal.out(`Another process resyncs ${source} just now. Wait for it, or try again in a minute.`)
  else if (mode.kind === 'plan') printPlanned(result, { terminal, source })
  else {
    const range = result.since === null ? 'everybody' : `who changed since ${formatLocalTime(result.since, new Date())}`
    terminal.out(`Listed ${range}: ${formatCount(result.listed, 'person', 'people')}, ${result.queued} queued.`)
    if (result.queued > 0) terminal.out('The running hub looks at them now: "npm run hub -- deliveries" shows how far.')
  }
  return result !== null
}

function printPlanned({ listed, denied }: ListingCounts, { terminal, source }: { terminal: Terminal; source: string }) {
  const people = formatCount(listed, 'person', 'people')
  terminal.out(`Listed everybody: ${people}, ${denied} of them denied by ${source}. Nobody was locked out by this.`)
  if (denied === 0) return
  terminal.out('See what would be done to whom: npm run hub -- report go-live')
  terminal.out(`Then do it: npm run hub -- ${source} resync --full --apply`)
}

/** How many there are is not known before the end, so there is a count and no bar. */
function makeDrawProgress(terminal: Terminal, source: string): (progress: ListingCounts) => void {
  return ({ pages, listed, queued }) =>
    terminal.draw(`\r\u001b[KResyncing ${source}: page ${pages}, ${listed} listed, ${queued} queued`)
}
