import type { ConflictRow, GrantRow, OwedRow, PersonRow, TimelineRow } from '../../journal/index.ts'
import { type CliCommand, jsonOption } from '../cli-command.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { table } from '../terminal/columns.ts'
import type { Colour } from '../terminal/paint.ts'
import { plainText } from '../terminal/plain-text.ts'
import { printJson } from '../terminal/print-json.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { localTime, timeText } from '../terminal/time-text.ts'
import { oneWord } from '../terminal/words.ts'
import { grantLines } from '../views/grant-lines.ts'
import { nobodyKnown } from '../views/nobody-known.ts'
import { adoptOptions, personAdopt } from './person-adopt.ts'

type Found = PersonRow & { owed: OwedRow[]; conflicts: ConflictRow[]; grants: GrantRow[]; timeline: TimelineRow[] }

export const person: CliCommand = {
  usage: 'person <who> | person adopt <who> [<user id>] --reason <text> | person adopt list',
  help: [
    'Shows who somebody is to the hub: what the authority said last, where they were seen, which users are in conflict,',
    'what is still owed, what they were granted through a request platform (by which request, until when, what ended it),',
    'and everything that was heard of them and done about them, in order.',
    'One e-mail can belong to several people, such as somebody who left and was hired again: then each is shown.',
    '',
    'adopt <who> <user id>  says that a user the hub would not touch is this person, whoever shut it: the account of',
    '                       somebody who was hired again under a new Okta id, for instance. The hub asks the authority',
    '                       again and does what is true now: it opens for somebody who may log in, and locks out',
    '                       somebody who may not. Without a user id it is the one in conflict, if there is one alone.',
    'adopt list             shows everybody in conflict.',
    '',
    "<who> is an e-mail, a login, Okta's id or per_….",
  ].join('\n'),
  options: { ...adoptOptions, ...folderOption, ...jsonOption },
  examples: [
    'npm run hub -- person lena.park@acme.com',
    'npm run hub -- person 00u1ab2cd3EF4gh5 --json',
    `npm run hub -- person adopt 00u1ab2cd3EF4gh5 'auth0|62f1' --reason "hired again in May"`,
  ],
  exits: { ok: 'found, or adopted', no: 'nobody is known by that, nothing is in conflict, or nobody said yes' },
  async run(call) {
    const { words, options, terminal } = call
    if (words[0] === 'adopt') return personAdopt({ ...call, words: words.slice(1) })
    const who = oneWord(words, { command: 'person', what: 'e-mail or id' })
    return withJournal(call, async (journal) => {
      const people = await journal.records.findPeople(who)
      if (people.length === 0 && !options.json) throw nobodyKnown(who)
      const found: Found[] = []
      for (const one of people) {
        const owed = await journal.records.listOwed({ person: one.id, open: true })
        const conflicts = await journal.records.openConflicts(one.id)
        const grants = await journal.access.listGrants({ person: one.id })
        found.push({ ...one, owed, conflicts, grants, timeline: await journal.records.timeline(one.id) })
      }
      if (options.json) printJson(terminal, found)
      else printPeople(found, terminal)
      return found.length > 0
    })
  },
}

function printPeople(people: readonly Found[], terminal: Terminal): void {
  const now = new Date()
  if (people.length > 1) terminal.out(`${people.length} people were seen under this. They are not the same person.\n`)
  people.forEach((one, i) => {
    if (i > 0) terminal.out('')
    const view = { terminal, now }
    const blocks = [facts(one, view), disputes(one, view), debts(one, view), grantLines(one.grants, view)]
    for (const line of blocks.flat()) terminal.out(line)
    for (const line of history(one, view)) terminal.out(line)
  })
}

type View = { terminal: Terminal; now: Date }

function facts({ id, source, authorityId, state, stateReadAt, deniedAt, sightings }: Found, { terminal, now }: View) {
  const { paint } = terminal
  const login = sightings.findLast(({ kind }) => kind === 'login')?.value ?? authorityId
  const colours: Record<string, Colour> = { deny: 'red', allow: 'green' }
  const access = { deny: 'locked out', allow: 'allowed in', unchanged: 'no change', unknown: 'meaning not known' }
  const said = state
    ? `${paint[colours[state.access] ?? 'yellow'](access[state.access])}: ${source} says ${state.status}, ` +
      `read ${timeText(stateReadAt ?? state.readAt, now)}`
    : `not known: ${source} has not been asked yet, or has not answered`
  const seen = sightings.map(
    ({ kind, connector, value, seenAt }) =>
      `  ${`${connector} ${kind}`.trim().padEnd(14)}  ${plainText(value)}  ${paint.dim(timeText(seenAt, now))}`,
  )
  return [
    paint.bold(plainText(login)),
    `  id              ${id}`,
    `  at ${source.padEnd(12)} ${plainText(authorityId)}`,
    `  access          ${said}`,
    ...(deniedAt ? [`  denied since    ${timeText(deniedAt, now)}`] : []),
    '',
    paint.bold('Seen as'),
    ...(seen.length > 0 ? seen : ['  nothing yet']),
    '',
  ]
}

function disputes({ id, conflicts }: Found, { terminal, now }: View): string[] {
  if (conflicts.length === 0) return []
  const lines = conflicts.map(
    ({ connector, target, reason, at }) =>
      `  ${connector} ${plainText(target)} ${plainText(reason)}, met ${timeText(at, now)}`,
  )
  const adoptIt = `  If one is this person: npm run hub -- person adopt ${id} '<user id>' --reason "…"`
  return [terminal.paint.bold(terminal.paint.yellow('In conflict: not touched')), ...lines, adoptIt, '']
}

function debts({ owed }: Found, { terminal, now }: View): string[] {
  if (owed.length === 0) return []
  const lines = owed.map(
    ({ connector, action, target, since }) =>
      `  ${connector} ${action} ${plainText(target)}, since ${timeText(since, now)}`,
  )
  return [terminal.paint.bold(terminal.paint.yellow('Owed: not confirmed by the vendor yet, tried on')), ...lines, '']
}

function history({ timeline }: Found, { terminal, now }: View): string[] {
  const { paint, width } = terminal
  const colour = ({ what, title }: TimelineRow): Colour => {
    if (what === 'event' || what === 'order') return 'cyan'
    if (what === 'owed' || / (retry|held|too_early|contradicted|no_match|missing_right)$/.test(title)) return 'yellow'
    return / (failed|credential|permanent)$/.test(title) ? 'red' : 'green'
  }
  const lines = table<TimelineRow>(
    timeline,
    [
      { title: 'WHEN', cell: ({ at }) => localTime(at, now) },
      { title: 'WHAT', cell: ({ what }) => what, paint: (text, row) => paint[colour(row)](text) },
      { title: '', cell: ({ title }) => title, shrinksTo: 20 },
      { title: '', cell: ({ detail }) => detail ?? '', shrinksTo: 20, paint: paint.dim },
    ],
    { width, bold: paint.bold },
  )
  return [paint.bold('What happened'), ...(timeline.length > 0 ? lines : ['  nothing yet'])]
}
