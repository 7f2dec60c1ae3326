import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../../connectors/index.ts'
import { requireConfiguration } from '../../config/configuration.ts'
import { batchActs, rowPlans, rowResults } from '../../core/batch.ts'
import { systemClock } from '../../core/clock.ts'
import { readBatchPolicy, readHubSettings } from '../../core/hub-settings.ts'
import { silentLog } from '../../core/log.ts'
import type { BatchRow, Journal } from '../../journal/index.ts'
import { defaultBatchTiming, makeBatchWork } from '../../operate/batches/batch-work.ts'
import { applyBatch, cancelBatch, pauseBatch, resumeBatch } from '../../operate/batches/order-batch.ts'
import { planBatch } from '../../operate/batches/plan-batch.ts'
import { makePlannedActs } from '../../operate/batches/planned-acts.ts'
import type { BatchOf } from '../../operate/batches/read-batch-wish.ts'
import { completeId } from '../../operate/one-id.ts'
import { readOutlook } from '../../operate/outlook.ts'
import { batchOptions, readBatchLine } from '../setup/batch-line.ts'
import { openInstalled } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readNote, readOrder, readUntil } from '../setup/operator-orders.ts'
import { type Call, type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWholeNumber, readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines, startProgress } from '../terminal/output.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { formatBatch, formatBatches, formatBatchRows } from '../views/batch-lines.ts'

const mostShown = 20

export const batch: CliCommand = {
  usage: 'batch plan <act> … | batch list | batch show|apply|pause|resume|cancel <bat_…>',
  help: [
    'Acts on many: first a plan, which shows what would happen, then the act. The acts, and what picks their sets:',
    'replay           deliveries: --status, --kind, --connector, --person, --event, --search, --answer, --since, --until',
    'recover          all that failed: --since, --until, --connector',
    'release, cancel  all people who are held in a direction, see "brake": --direction',
    'end_grant        grants that are not over: --person, --connector, --target, or their ids (grt_…)',
    'protect          people: e-mails, logins or ids behind it, --search (how these begin); --until is when it ends',
    'adopt            users in conflict, for the person each was met for: --person, --connector, --search (in the reason)',
    'enforce          people for whom the hub is to act, with HUB_MODE=staged: as of protect, or --source: all of one',
    'plan     freezes what the filter finds now, and plans each row by what is true now. It writes nothing at any vendor.',
    '         --again plans anew what came back from an earlier batch.',
    'show     the sums, and the first rows with what would be changed. --rows lists more, --plan and --result pick them.',
    'apply    carries the plan out, in the background, by the running hub: each row is read anew first, and only one whose',
    '         plan is still the same is carried out. The others come back. A plan is good for an hour. Needs --reason.',
    'pause, resume, cancel  stop it, let it go on, or end it for good; what was carried out stays so.',
    'Of more people than HUB_FOUR_EYES_PEOPLE two people apply it, and always where lockouts are cancelled or observing ends; who',
    'calls it here may alone, which raises an alert.',
    'In a window of HUB_FREEZE nothing is carried out. Lockouts never wait for a batch.',
  ].join('\n'),
  options: {
    name: { type: 'string', value: '<text>', describe: 'plan: what it is for' },
    again: { type: 'string', value: '<bat_…>', describe: 'plan: what came back from this batch, in place of a filter' },
    ...batchOptions,
    rows: { type: 'string', value: '<n>', describe: `show: so many rows (default: ${mostShown})` },
    plan: { type: 'string', value: '<plan>', describe: `show: only rows planned so: ${rowPlans.join(', ')}` },
    result: { type: 'string', value: '<result>', describe: `show: only rows that ended so: ${rowResults.join(', ')}` },
    start: { type: 'string', value: '<time>', describe: 'apply: not before then, such as 2h or 2026-05-14T22:00' },
    pace: { type: 'string', value: '<n>', describe: 'apply: rows a second, 1 to 1000 (default: 50)' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- batch plan replay --status failed --connector auth0 --name "after the outage"',
    'npm run hub -- batch plan end_grant --person lena.park@acme-demo.test --connector github --name "she moved on"',
    'npm run hub -- batch show bat_01kd2v7w8e9mhx3k5c1r4t6y8z --plan would_change',
    'npm run hub -- batch apply bat_01kd2v7w8e9mhx3k5c1r4t6y8z --reason "the credential is mended"',
  ],
  exits: { ok: 'planned, shown or ordered', no: 'nothing fits, or it cannot be done as it stands' },
  async run(call) {
    const [verb = '', ...words] = call.words
    const run = verbs.get(verb)
    if (run) return withJournal(call, (journal) => run(journal, { ...call, words }))
    throw new WrongUsage({
      what: verb === '' ? 'A word is missing.' : `"batch" knows no "${verb}".`,
      why: `There are: ${[...verbs.keys()].join(', ')}.`,
      fix: 'See "npm run hub -- batch --help".',
    })
  },
}

type Verb = (journal: Journal, call: Call) => Promise<boolean>

const plan: Verb = async (journal, call) => {
  const { options } = call
  const of = await readWish(journal, call)
  const name = typeof options.name === 'string' ? options.name : call.words.join(' ')
  const made = await planBatch({ journal, clock: systemClock }, { note: readNote(options), name, of })
  await followPlanning(journal, { call, made })
  return showOne(journal, { call, id: made.id })
}

async function readWish(journal: Journal, call: Call): Promise<BatchOf> {
  const { options } = call
  const [word = '', ...names] = call.words
  const act = batchActs.find((one) => one === word)
  if (act === undefined) {
    throw new WrongUsage({
      what: word === '' ? 'What is to be planned is missing.' : `"${word}" cannot be planned.`,
      why: `What can be is: ${batchActs.join(', ')}.`,
      fix: 'Write npm run hub -- batch plan replay, for instance.',
    })
  }
  const again = typeof options.again === 'string' ? await completeId(journal, options.again) : undefined
  return readBatchLine(act, { names, options, again, now: new Date() })
}

const pollMs = 500

/** Waits until all rows are planned: by the hub that runs, or here where none does. */
async function followPlanning(journal: Journal, { call, made }: { call: Call; made: BatchRow }): Promise<void> {
  const { hub } = await readOutlook(journal)
  const planHere = hub.runs ? null : makePlanHere(journal, call)
  const bar = startProgress(call.terminal, { label: 'Planning', total: made.count })
  let planned = 0
  for (;;) {
    const isMore = planHere ? await planHere(made.id) : true
    const now = await journal.batches.readBatch(made.id)
    bar.advance((now?.planned ?? planned) - planned)
    planned = now?.planned ?? planned
    if (now?.state !== 'planned' || now.planHash !== null || !isMore) break
    if (!planHere) await sleep(pollMs)
  }
  bar.end()
}

function makePlanHere(journal: Journal, { environment }: Call): (id: string) => Promise<boolean> {
  const configuration = requireConfiguration(environment, connectors)
  const installed = openInstalled(configuration, configuration.hub.HUB_OUTBOUND_SECONDS)
  const work = makeBatchWork({
    ...{ journal, installed, clock: systemClock, log: silentLog, policy: readBatchPolicy(configuration.hub) },
    acts: makePlannedActs({ journal, installed, clock: systemClock, mode: configuration.hub.HUB_MODE }),
    // Only plans are made here: nothing is carried out, so that nothing is told. No hub works on lockouts meanwhile.
    raiseAlert: async () => {},
    timing: { ...defaultBatchTiming, yieldsAtMost: 0 },
  })
  return work.runTurn
}

const list: Verb = async (journal, { words, options, terminal }) => {
  refuseWords(words, 'batch list')
  const rows = await journal.batches.listBatches({ limit: 50 })
  if (options.json) printJson(terminal, rows)
  else if (rows.length === 0) terminal.out('There is no batch.')
  else printLines(terminal, formatBatches(rows, { terminal, now: new Date() }))
  return true
}

const show: Verb = async (journal, call) => showOne(journal, { call, id: await readId(journal, call, 'show') })

async function showOne(journal: Journal, { call, id }: { call: Call; id: string }): Promise<boolean> {
  const { options, terminal } = call
  const found = await journal.batches.readBatch(id)
  if (!found) {
    terminal.out(`There is no batch ${id}.`)
    return false
  }
  const limit = readWholeNumber(options.rows, { option: '--rows', fallback: mostShown, least: 1, most: 100_000 })
  const plan = readOneOf(options.plan, { option: '--plan', words: rowPlans })
  const result = readOneOf(options.result, { option: '--result', words: rowResults })
  const rows = await journal.batches.listBatchRows(id, { plan, result, after: 0, limit })
  if (options.json) printJson(terminal, { ...found, rows })
  else {
    printLines(terminal, formatBatch(found, { terminal, now: new Date() }))
    if (rows.length > 0) printLines(terminal, ['', ...formatBatchRows(rows, { terminal })])
  }
  return true
}

function readOneOf<Word extends string>(
  given: string | boolean | undefined,
  { option, words }: { option: string; words: readonly Word[] },
): Word | undefined {
  const known = words.find((word) => word === given)
  if (known !== undefined || given === undefined) return known
  throw new WrongUsage({
    what: `${option} ${String(given)} is none of its words.`,
    why: `There are: ${words.join(', ')}.`,
    fix: `Write ${option} ${words[0]}, for instance.`,
  })
}

const apply: Verb = async (journal, call) => {
  const { options, terminal } = call
  const id = await readId(journal, call, 'apply')
  const order = readOrder(options, `npm run hub -- batch apply ${id}`)
  const found = await journal.batches.readBatch(id)
  const pace =
    options.pace === undefined
      ? undefined
      : readWholeNumber(options.pace, { option: '--pace', fallback: 50, least: 1, most: 1000 })
  const startAt = options.start === undefined ? undefined : readUntil(options.start, new Date())
  const policy = readBatchPolicy(readHubSettings(call.environment))
  const planHash = found?.planHash ?? ''
  const applied = await applyBatch({ journal, policy }, { ...order, eyes: 'override', id, planHash, pace, startAt })
  printOrdered(applied, call)
  if (options.json) return true
  const { hub } = await readOutlook(journal)
  if (!hub.runs) terminal.out('  No hub runs: it is carried out when one does.')
  if (applied.overridden) terminal.out('  Two people had to apply it: that one administrator did is alerted.')
  return true
}

type Order = typeof pauseBatch

function makeOrder(verb: string, order: Order): Verb {
  return async (journal, call) => {
    const policy = readBatchPolicy(readHubSettings(call.environment))
    const id = await readId(journal, call, verb)
    return printOrdered(await order({ journal, policy }, { ...readNote(call.options), id }), call)
  }
}

function printOrdered(batch: BatchRow, { options, terminal }: Call): boolean {
  if (options.json) printJson(terminal, batch)
  else printLines(terminal, formatBatch(batch, { terminal, now: new Date() }))
  return true
}

async function readId(journal: Journal, { words }: Call, verb: string): Promise<string> {
  return completeId(journal, readWord(words, { command: `batch ${verb}`, what: 'bat_…' }))
}

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['plan', plan],
  ['list', list],
  ['show', show],
  ['apply', apply],
  ['pause', makeOrder('pause', pauseBatch)],
  ['resume', makeOrder('resume', resumeBatch)],
  ['cancel', makeOrder('cancel', cancelBatch)],
])
