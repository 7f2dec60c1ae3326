import type { HeldDirection } from '../../core/change.ts'
import { systemClock } from '../../core/clock.ts'
import { readHubSettings, readPolicy } from '../../core/hub-settings.ts'
import { expectPeople, listHeld, orderHeld } from '../../operate/brake-orders.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readOrder, readUntil } from '../setup/operator-orders.ts'
import { confirm } from '../terminal/ask.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatCount, formatTime } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { formatBrake } from '../views/brake-lines.ts'

const most = 20
/** A table for a person has the newest of all kinds; `--json` has more of the brake's own. */
const mostShown = 8

export const brake: CliCommand = {
  usage: 'brake [release <who> | cancel <who> | expect <n> --until <time>] [--all] --reason <text>',
  help: [
    'Without a word behind it: how near the brake is to stopping people, who is held and why, who was cancelled.',
    '',
    'release <who>|--all   lets held people pass. The hub asks the authority again and does what is true now.',
    'cancel <who>|--all    ends their work without effect. It stays so, whatever a resync finds, until the authority',
    '                      has newer news of the person, or you release them. By its dlv_… it also ends one lockout or',
    '                      revoke that was set aside for another reason; it stays in "report leavers".',
    'expect <n>            lets n more people pass, once, until a time (a week at most): a wave that was planned.',
    '                      A new one takes the place of the last; expect 0 ends it. At most half of the people known.',
    '',
    '<who> is an e-mail, a login, an id at the authority, or (the beginning of) a per_… or dlv_…. All others go on meanwhile.',
  ].join('\n'),
  options: {
    all: { type: 'boolean', describe: 'everybody who waits for an operator now' },
    direction: { type: 'string', value: 'deny|allow', describe: 'only lockouts, or only unblocks (expect: deny)' },
    until: { type: 'string', value: '<time>', describe: 'for expect: 2h, 3d, or a time such as 2026-05-14T18:00' },
    yes: { type: 'boolean', describe: 'with --all: do not ask' },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- brake',
    'npm run hub -- brake release lena.park@acme.com --reason "HR confirmed it"',
    'npm run hub -- brake expect 300 --until 4h --reason "end of the summer contracts"',
  ],
  exits: { ok: 'shown, or done', no: 'no person of that name is held, or the question was not answered with yes' },
  async run(call) {
    const [verb, ...rest] = call.words
    if (verb === undefined) return showBrake(call)
    if (verb === 'release' || verb === 'cancel') return giveOrder({ ...call, words: rest }, verb)
    if (verb === 'expect') return expectWave({ ...call, words: rest })
    throw new WrongUsage({
      what: `The brake knows no "${verb}".`,
      why: 'It can release, cancel and expect.',
      fix: 'See "npm run hub -- brake --help".',
    })
  },
}

async function showBrake(call: Call): Promise<boolean> {
  const { terminal, options, environment } = call
  const limits = readPolicy(readHubSettings(environment)).brake
  return withJournal(call, async (journal) => {
    const status = await journal.orders.readBrakeStatus(limits)
    const [holds, orders] = [await listHeld(journal), await journal.orders.listBrakeOrders({ limit: most })]
    const latest = await journal.orders.listOrders({ limit: mostShown })
    if (options.json) printJson(terminal, { limits, ...status, holds, orders, latest })
    else printLines(terminal, formatBrake({ limits, status, holds, orders: latest }, { terminal, now: new Date() }))
    return true
  })
}

async function giveOrder(call: Call, kind: 'release' | 'cancel'): Promise<boolean> {
  const { words, options, terminal } = call
  const note = readOrder(options, `npm run hub -- brake ${kind} …`)
  const direction = readDirection(options)
  const whom = options.all === true ? null : readWord(words, { command: `brake ${kind}`, what: 'e-mail or id' })
  if (whom === null) refuseWords(words, `brake ${kind} --all`)
  return withJournal(call, async (journal) => {
    const waiting = (await journal.orders.listHolds()).filter((hold) => hold.order === null)
    const meant = new Set(
      waiting.filter((hold) => isOfDirection(hold.direction, direction)).map(({ person }) => person),
    ).size
    if (whom === null && meant > 0 && !(await askToGoOn(call, `${kind} ${formatCount(meant, 'person', 'people')}`)))
      return false
    const people = await orderHeld({ journal, clock: systemClock }, { kind, whom, direction, ...note })
    const done = kind === 'release' ? 'released: the running hub looks at them anew' : 'cancelled: nothing is done'
    if (options.json) printJson(terminal, { kind, people, ...note })
    else terminal.out(people === 0 ? 'Nobody is held.' : `${formatCount(people, 'person', 'people')} ${done}.`)
    return true
  })
}

async function expectWave(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  const note = readOrder(options, 'npm run hub -- brake expect …')
  const people = Number(readWord(words, { command: 'brake expect', what: 'number of people' }))
  const now = new Date()
  const until =
    people === 0 && options.until === undefined
      ? new Date(now.getTime() + 1000).toISOString()
      : readUntil(options.until, now)
  const direction = readDirection(options) ?? 'deny'
  return withJournal(call, async (journal) => {
    await expectPeople({ journal, clock: systemClock }, { people, until, direction, ...note })
    if (options.json) printJson(terminal, { kind: 'expect', people, until, direction, ...note })
    else if (people === 0) terminal.out('No wave is expected any more.')
    else terminal.out(`${formatCount(people, 'more person', 'more people')} may pass until ${formatTime(until, now)}.`)
    return true
  })
}

function isOfDirection(held: HeldDirection, wanted: HeldDirection | null): boolean {
  return wanted === null || held === wanted
}

async function askToGoOn({ options, terminal }: Call, what: string): Promise<boolean> {
  if (options.yes === true) return true
  if (terminal.canAsk) return confirm(`${what.charAt(0).toUpperCase()}${what.slice(1)}?`)
  terminal.note(`This would ${what}. Nothing was done: add --yes to do it.`)
  return false
}

function readDirection({ direction }: Given): HeldDirection | null {
  if (direction === undefined) return null
  if (direction === 'deny' || direction === 'allow') return direction
  throw new WrongUsage({
    what: `--direction ${String(direction)} is none.`,
    why: 'A change locks out (deny) or unblocks (allow).',
    fix: 'Write --direction deny or --direction allow.',
  })
}
