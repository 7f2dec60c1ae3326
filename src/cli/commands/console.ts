import { systemClock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { type HubSettings, readHubSettings } from '../../core/hub-settings.ts'
import { isLoopbackHost, writeHost } from '../../core/listen-host.ts'
import { silentLog } from '../../core/log.ts'
import { makeRaiseAlert } from '../../events/alert.ts'
import type { Journal } from '../../journal/index.ts'
import { completeId } from '../../operate/one-id.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { writeLinkAddress } from '../../signin/link-paths.ts'
import { linkMinutes, makeBreakGlassLink, makeLink } from '../../signin/make-link.ts'
import { reviewEmergency } from '../../signin/review-emergency.ts'
import { openInstalledFrom } from '../setup/open-installed.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { orderOptions, readAdministrator, readNote, readOrder } from '../setup/operator-orders.ts'
import type { Call, CliCommand } from '../terminal/command.ts'
import { readWord, refuseWords } from '../terminal/options.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

export const consoleCommand: CliCommand = {
  usage: 'console [--break-glass --for <person> --reason <why>] [--print] | console review <lnk_…> --reason <why>',
  help: [
    `Prints a link by which a browser on this machine signs in as an administrator, once, within ${linkMinutes} minutes.`,
    'It is for a hub on loopback and without an issuer: who has its database is its administrator anyway.',
    '',
    '--break-glass makes a link for an emergency, for any machine: a person becomes an operator for an hour, whatever',
    'their sign-in does. Everybody who gets alerts is told first. It changes no tokens and no sessions of others.',
    'Who made and used which link stays on record. Its alert is open until somebody other than the person says what they',
    'found: "console review" with the id that the alert names.',
  ].join('\n'),
  options: {
    'break-glass': { type: 'boolean', describe: 'in an emergency: an operator for an hour, and others are alerted' },
    for: { type: 'string', value: '<person>', describe: 'with --break-glass: who signs in: e-mail, login or id' },
    print: { type: 'boolean', describe: 'print the link also where the output is no terminal' },
    ...orderOptions,
    ...folderOption,
  },
  examples: [
    'npm run hub -- console',
    'npm run hub -- console --break-glass --for ann@acme.com --reason "Okta is down, a leaver is stuck"',
    'npm run hub -- console review lnk_01kd2v7w8e9mhx3k5c1r4t6y8z --reason "Ann released two holds, as asked"',
  ],
  exits: { ok: 'the link is printed, or the review is on record', no: 'it is not' },
  async run(call) {
    const { words, options } = call
    if (words[0] === 'review') return review({ ...call, words: words.slice(1) })
    refuseWords(words, 'console')
    refuseHiddenOutput(call)
    if (options['break-glass'] === true) return printBreakGlassLink(call)
    if (options.for === undefined) return printLocalLink(call)
    throw new WrongUsage({
      what: '--for goes with --break-glass alone.',
      why: 'Otherwise it is you who signs in.',
      fix: 'Leave it out, or write --break-glass --for <person> --reason "…".',
    })
  },
}

async function review(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  const word = readWord(words, { command: 'console review', what: 'lnk_…' })
  const { reason } = readOrder(options, `npm run hub -- console review ${word}`)
  return withJournal(call, async (journal) => {
    const id = await completeId(journal, word)
    await reviewEmergency(journal, readAdministrator(options), { id, reason })
    terminal.out(`${id} is reviewed: its alert ends.`)
    return true
  })
}

/** A link in a file or in the log of a pipeline is one that others find. */
function refuseHiddenOutput({ options, terminal }: Call): void {
  if (options.print === true || Number.isFinite(terminal.width)) return
  throw new UsageError({
    what: 'No link was made: the output is no terminal.',
    why: 'Whoever reads the link can sign in by it, and what is piped or logged is read by others.',
    fix: 'Call it at a terminal, or add --print if nobody else reads the output.',
  })
}

async function printLocalLink(call: Call): Promise<boolean> {
  const settings = readHubSettings(call.environment)
  const root = readLocalRoot(settings)
  return withJournal(call, async (journal) => {
    const { reason } = readNote(call.options)
    const made = await makeLink({ journal, clock: systemClock }, readAdministrator(call.options), { reason })
    printLink(call, writeLinkAddress(root, { kind: 'link', text: made.text }))
    return true
  })
}

/** The hub takes such a link only where nobody else's request can reach it. */
function readLocalRoot({
  HOST: host,
  PORT,
  HUB_ADMIN_PORT: port = PORT,
  HUB_CONSOLE_ISSUER: issuer,
}: HubSettings): string {
  if (issuer !== undefined) {
    throw new UsageError({
      what: 'A hub with an issuer to sign in at takes no such link.',
      why: `HUB_CONSOLE_ISSUER is ${issuer}: it says who people are.`,
      fix: 'Sign in there, or in an emergency write --break-glass --for <person> --reason "…".',
    })
  }
  if (isLoopbackHost(host)) return `http://${writeHost(host)}:${port}`
  throw new UsageError({
    what: 'A hub that listens beyond this machine takes no such link.',
    why: `HOST is ${host}, and the link proves no more than access to this machine.`,
    fix: 'Set HOST to 127.0.0.1, or in an emergency write --break-glass --for <person> --reason "…".',
  })
}

async function printBreakGlassLink(call: Call): Promise<boolean> {
  const { environment, options } = call
  const { for: who } = options
  const { reason } = readNote(options)
  if (typeof who !== 'string' || reason === null) {
    throw new WrongUsage({
      what: `${typeof who === 'string' ? '--reason' : '--for'} is missing.`,
      why: 'An emergency is on record with who it was for, and why.',
      fix: 'Write npm run hub -- console --break-glass --for <person> --reason "…".',
    })
  }
  const settings = readHubSettings(environment)
  const { PORT, HUB_ADMIN_PORT: port = PORT } = settings
  const root = settings.HUB_CONSOLE_URL ?? settings.HUB_PUBLIC_URL ?? `http://127.0.0.1:${port}`
  return withJournal(call, async (journal) => {
    const { id: about, source, authorityId, deniedAt } = await findOnePerson(journal, who)
    if (deniedAt !== null) throw makeDeniedError(who)
    const maker = readAdministrator(options)
    const needs = { journal, clock: systemClock }
    const made = await makeBreakGlassLink(needs, maker, { person: { source, authorityId }, reason })
    await tellOthers(call, { journal, link: made.id, person: about, maker: maker.account, reason })
    printLink(call, writeLinkAddress(root, { kind: 'break_glass', text: made.text }))
    return true
  })
}

function makeDeniedError(who: string): UsageError {
  return new UsageError({
    what: `No link is made for ${who}.`,
    why: 'The authority denies this person, and nobody works with the hub whom it denies.',
    fix: 'Make it for somebody who may come in.',
  })
}

type Told = { journal: Journal; link: string; person: string; maker: string; reason: string }

/** The alert is journaled before the link is shown: the running hub delivers it. */
async function tellOthers({ environment }: Call, { journal, link, ...facts }: Told): Promise<void> {
  const { queue, records } = journal
  const installed = openInstalledFrom(environment)
  const raise = makeRaiseAlert({
    ...{ ingest: queue.ingest, records, installed, clock: systemClock, log: silentLog, nudge: () => {} },
  })
  await raise({ type: 'hub.alert.break_glass', about: link, once: true, facts })
}

function printLink({ terminal }: Call, address: string): void {
  terminal.out(address)
  terminal.note(`It opens one session, within ${linkMinutes} minutes, in the browser that uses it first.`)
}
