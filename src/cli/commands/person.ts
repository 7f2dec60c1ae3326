import { systemClock } from '../../core/clock.ts'
import { type Journal, toStoredForm } from '../../journal/index.ts'
import { makeLookAtPerson, type PersonLook } from '../../operate/look-at-person.ts'
import { type FoundPerson, findKnownPeople, makeUnknownPersonError, readPerson } from '../../operate/one-person.ts'
import { openInstalledFrom } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type Call, type CliCommand, type CliOptions, jsonOption } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatLook } from '../views/look-lines.ts'
import { describeEntry, formatPeople } from '../views/person-lines.ts'
import { adoptForPerson, adoptOptions } from './adopt.ts'
import { eraseOne } from './erase.ts'
import { exportOne } from './export.ts'

const liveOption: CliOptions = {
  live: { type: 'boolean', describe: 'read the person at the authority and every connector too; nothing is written' },
}

export const person: CliCommand = {
  usage: 'person <who> [--live] | person adopt list | person adopt|erase <who> --reason <text> | person export <who>',
  help: [
    'Shows who a person is to the hub: what the authority said last, and apart from it how they stand at each target, as',
    'that was read back last; where they were seen, which users are in conflict,',
    'what is still owed, what they were granted through a request platform (by which request, until when, what ended it),',
    'and everything that was heard of them and done about them, in order.',
    'One e-mail can belong to several people, such as one who left and was hired again: then each is shown.',
    '',
    'adopt <who> <user id>  says that a user the hub would not touch is this person, whatever blocked it: the account of',
    '                       a person who was hired again under a new Okta id, for instance. The hub asks the authority',
    '                       again and does what is true now: it unblocks the user of a person who may log in, and locks',
    '                       out that of one who may not. Without a user id it is the one in conflict, if it is alone.',
    'adopt list             shows everybody in conflict.',
    'export <who>           prints all that the journal has of them, as JSON, secrets hidden. It reads every body.',
    'erase <who>            deletes for good what they are called and what was said; ids, codes and times stay, so that a',
    '                       shut door stays shut. It says first what it ends. Refused while work is open, access that',
    '                       was given stands, or a legal hold is set ("hold").',
    '',
    "<who> is an e-mail, a login, Okta's id, or per_… or its beginning.",
  ].join('\n'),
  options: { ...liveOption, ...adoptOptions, ...folderOption, ...jsonOption },
  examples: [
    'npm run hub -- person lena.park@acme.com',
    'npm run hub -- person 00u1ab2cd3EF4gh5 --json',
    'npm run hub -- person export 00u1ab2cd3EF4gh5 > person.json',
    'npm run hub -- person erase 00u1ab2cd3EF4gh5 --reason "request 4711"',
    'npm run hub -- person lena.park@acme.com --live',
    `npm run hub -- person adopt 00u1ab2cd3EF4gh5 'auth0|62f1' --reason "hired again in May"`,
  ],
  exits: {
    ok: 'found, adopted, exported or erased',
    no: 'no person is known by that, nothing is in conflict, something stands in the way, or you did not say yes',
  },
  async run(call) {
    const { words, options, terminal } = call
    if (words[0] === 'adopt') return adoptForPerson({ ...call, words: words.slice(1) })
    if (words[0] === 'export') return exportOne({ ...call, words: words.slice(1) })
    if (words[0] === 'erase') return eraseOne({ ...call, words: words.slice(1) })
    const who = readWord(words, { command: 'person', what: 'e-mail or id' })
    return withJournal(call, async (journal) => {
      const people = await findKnownPeople(journal, who)
      if (people.length === 0 && !options.json) throw makeUnknownPersonError(who)
      const found: FoundPerson[] = []
      for (const one of people) found.push(await readPerson(journal, one))
      const looks =
        options.live === true
          ? await lookAtEach(
              call,
              journal,
              people.map(({ id }) => id),
            )
          : []
      const look = (id: string) => looks.find(({ person }) => person === id)
      if (options.json)
        printJson(
          terminal,
          found.map((one) => ({ ...asJson(one), ...(look(one.id) && { now: look(one.id) }) })),
        )
      else {
        printLines(terminal, formatPeople(found, { terminal, now: new Date() }))
        for (const one of looks) printLines(terminal, ['', ...formatLook(one, terminal)])
      }
      return found.length > 0
    })
  },
}

/** One after the other: the vendors' limits are shared with the running hub. */
async function lookAtEach({ environment }: Call, journal: Journal, people: readonly string[]): Promise<PersonLook[]> {
  const lookAtPerson = makeLookAtPerson({ journal, installed: openInstalledFrom(environment), clock: systemClock })
  const looks: PersonLook[] = []
  for (const id of people) looks.push(await lookAtPerson(id))
  return looks
}

/** A grant's request in its stored form, and the timeline in words: `--json` has always shown both so. */
function asJson({ grants, timeline, older: _, ...person }: FoundPerson) {
  return {
    ...person,
    grants: grants.map(({ asked, ...grant }) => ({ ...grant, request: toStoredForm(asked) })),
    timeline: timeline.map((row) => ({
      ...{ at: row.at, what: row.what, ...describeEntry(row), id: row.id },
      ...(row.what === 'event' ? { actor: row.actor } : {}),
    })),
  }
}
