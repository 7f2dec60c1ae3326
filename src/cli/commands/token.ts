import { systemClock } from '../../core/clock.ts'
import { type Role, roles } from '../../core/role.ts'
import type { TokenRow } from '../../journal/index.ts'
import { completeId } from '../../operate/one-id.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { makeToken, mostDays } from '../../signin/make-token.ts'
import { revokeToken } from '../../signin/revoke-token.ts'
import { roleWords } from '../../signin/roles.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readAdministrator, readNote } from '../setup/operator-orders.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import { type Call, type CliCommand, type Given, jsonOption } from '../terminal/command.ts'
import { readWholeNumber, readWord, refuseWords } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/text.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'

const defaultDays = 30

export const token: CliCommand = {
  usage: 'token make --for <owner> --role <role> [--days <n>] | token list | token revoke <tok_…>',
  help: [
    'Tokens by which programs ask over HTTP, at /api/v1 (docs/api.md). A role may do what those before it may:',
    ...roles.map((role) => `${role.padEnd(8)}  ${roleWords[role]}`),
    '',
    `make    prints the token, this once: the journal has its hash alone. It ends after ${mostDays} days at most.`,
    'list    lists the tokens, those that ended too. None of them can be shown again.',
    'revoke  ends a token for good, and those that were made with it: their next request is refused.',
    'Who made and revoked which token for whom stays on record.',
  ].join('\n'),
  options: {
    for: { type: 'string', value: '<owner>', describe: 'make: who answers for what is done with it' },
    role: { type: 'string', value: '<role>', describe: `make: ${roles.join(', ')}` },
    name: { type: 'string', value: '<text>', describe: 'make: what it is for (default: its owner)' },
    days: {
      type: 'string',
      value: '<n>',
      describe: `make: for how long, 1 to ${mostDays} days (default: ${defaultDays})`,
    },
    person: {
      type: 'string',
      value: '<who>',
      describe: 'make: refused as soon as this person is denied: e-mail, login or id',
    },
    ...orderOptions,
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- token make --for ann@acme.com --role viewer --name "wall display" --days 30',
    'npm run hub -- token list',
    'npm run hub -- token revoke tok_01kd2v7w8e9mhx3k5c1r4t6y8z --reason "the machine was sold"',
  ],
  exits: { ok: 'made, listed or revoked', no: 'there is no such token, or it was revoked before' },
  async run(call) {
    const [verb, ...words] = call.words
    if (verb === 'make') return makeOne({ ...call, words })
    if (verb === 'list') return listAll({ ...call, words })
    if (verb === 'revoke') return revokeOne({ ...call, words })
    throw new WrongUsage({
      what: verb === undefined ? 'A word is missing.' : `"token" knows no "${verb}".`,
      why: 'Tokens are made, listed and revoked.',
      fix: 'See "npm run hub -- token --help".',
    })
  },
}

async function makeOne(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  refuseWords(words, 'token')
  const wish = { ...readWish(options), reason: readNote(options).reason }
  return withJournal(call, async (journal) => {
    const person = typeof options.person === 'string' ? await findOnePerson(journal, options.person) : null
    const key = person && { source: person.source, authorityId: person.authorityId }
    const maker = readAdministrator(options)
    const made = await makeToken({ journal, clock: systemClock }, maker, { ...wish, person: key })
    if (options.json) printJson(terminal, { ...made.token, token: made.text })
    else {
      const { id, role, owner, expiresAt } = made.token
      terminal.out(made.text)
      terminal.note(`${id}: ${role}, for ${owner}, until ${formatTime(expiresAt, new Date())}. It is not shown again.`)
    }
    return true
  })
}

function readWish({ for: owner, role, name, days }: Given) {
  if (typeof owner !== 'string') {
    throw new WrongUsage({
      what: '--for is missing.',
      why: 'Who answers for a token must be on record.',
      fix: 'Write npm run hub -- token make --for <owner> --role viewer.',
    })
  }
  return {
    owner,
    role: readRole(role),
    name: typeof name === 'string' ? name : owner,
    days: readWholeNumber(days, { option: '--days', fallback: defaultDays, least: 1, most: mostDays }),
  }
}

function readRole(given: Given[string]): Role {
  const known = roles.find((role) => role === given)
  if (known) return known
  const meant = typeof given === 'string' ? findClosest(given, roles) : undefined
  throw new WrongUsage({
    what: given === undefined ? '--role is missing.' : `There is no role "${String(given)}".`,
    why: `A role is one of: ${roles.join(', ')}.`,
    fix: `Write --role ${meant ?? 'viewer'}.`,
  })
}

async function revokeOne(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  const word = readWord(words, { command: 'token revoke', what: 'tok_…' })
  return withJournal(call, async (journal) => {
    const id = await completeId(journal, word)
    const { reason } = readNote(options)
    await revokeToken(journal, readAdministrator(options), { id, reason })
    if (options.json) printJson(terminal, { id, revoked: true })
    else terminal.out(`${id} is revoked: its next request is refused.`)
    return true
  })
}

async function listAll(call: Call): Promise<boolean> {
  refuseWords(call.words, 'token list')
  const { options, terminal } = call
  return withJournal(call, async (journal) => {
    const rows = await journal.records.listTokens()
    if (options.json) printJson(terminal, rows)
    else if (rows.length === 0) terminal.out('There is no token.')
    else printLines(terminal, formatTokens(rows, terminal))
    return true
  })
}

function formatTokens(rows: readonly TokenRow[], { paint, width }: Terminal): string[] {
  const now = new Date()
  const columns: Column<TokenRow>[] = [
    { title: 'TOKEN', cell: ({ id }) => id, shrinksTo: 14 },
    { title: 'NAME', cell: ({ name }) => name, shrinksTo: 12 },
    { title: 'FOR', cell: ({ owner }) => owner, shrinksTo: 12 },
    { title: 'ROLE', cell: ({ role }) => role },
    {
      title: 'ENDS',
      cell: (row) => describeEnd(row, now),
      paint: (text, { expired, revokedAt }) => (expired || revokedAt ? paint.dim(text) : text),
    },
    {
      title: 'USED',
      cell: ({ lastUsedAt }) => (lastUsedAt ? formatTime(lastUsedAt, now) : 'never'),
      dispensable: true,
    },
    { title: 'MADE BY', cell: ({ madeBy }) => madeBy, dispensable: true },
  ]
  return formatTable(rows, columns, { width, bold: paint.bold })
}

function describeEnd({ expired, expiresAt, revokedAt }: TokenRow, now: Date): string {
  if (revokedAt) return `revoked ${formatTime(revokedAt, now)}`
  return expired ? `ended ${formatTime(expiresAt, now)}` : formatTime(expiresAt, now)
}
