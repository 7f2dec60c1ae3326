import { UsageError } from '../../core/errors.ts'
import { toStoredForm } from '../../journal/index.ts'
import { findShown, type Shown, type ShownDelivery, type ShownEvent } from '../../operate/shown.ts'
import { folderOption, withJournal } from '../setup/open-journal.ts'
import { type CliCommand, jsonOption } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatDelivery, formatEvent } from '../views/delivery-lines.ts'

export const show: CliCommand = {
  usage: 'show <dlv_…, evt_…, or the id that the sender gave it>',
  help: [
    'Shows one delivery: its event, every attempt with what was changed, why it stands where it stands, what to do.',
    "For an event, shows all of its deliveries. Okta's ids work too: the uuid of an event in its System Log, or the",
    'eventId of a request. The beginning of a dlv_… or evt_… will do, as in all commands, if no other id begins so.',
  ].join('\n'),
  options: {
    data: { type: 'boolean', describe: "also print the event's data, as the sender sent it" },
    ...folderOption,
    ...jsonOption,
  },
  examples: [
    'npm run hub -- show dlv_01kd2v7w8e9mhx3k5c1r4t6y8z',
    'npm run hub -- show 2a7d6c4e-4f6d-11f1-9f1b-5d2c8a9b0c11',
  ],
  exits: { ok: 'found', no: 'there is no such delivery or event' },
  async run(call) {
    const { words, options, terminal } = call
    const id = readWord(words, { command: 'show', what: 'id' })
    return withJournal(call, async (journal) => {
      const shown = await findShown(journal, id)
      if (shown.events.length === 0 && shown.deliveries.length === 0) throw makeNotFoundError(id)
      if (options.json) printJson(terminal, { events: shown.events, deliveries: shown.deliveries.map(asJson) })
      else printShown(shown, { terminal, withData: options.data === true })
      return true
    })
  },
}

/** An inline hook's request in its stored form, which `--json` has always shown. */
function asJson({ inline, ...delivery }: ShownDelivery) {
  if (!inline) return { ...delivery, inline }
  const { asked, ...rest } = inline
  return { ...delivery, inline: { request: toStoredForm(asked), ...rest } }
}

function printShown(
  { events, deliveries, paused }: Shown,
  { terminal, withData }: { terminal: Terminal; withData: boolean },
) {
  const now = new Date()
  const blocks = [
    ...events.map((event) => [
      ...formatEvent(event, { terminal, now }),
      ...(deliveries.some(({ eventId }) => eventId === event.id) ? [] : [explainNoDelivery(event)]),
    ]),
    ...deliveries.map((delivery) => formatDelivery(delivery, { terminal, now, paused })),
  ]
  blocks.forEach((lines, i) => {
    if (i > 0) terminal.out('')
    printLines(terminal, lines)
  })
  if (!withData) return
  const data = events.length > 0 ? events.map((event) => event.data) : deliveries.map(({ event }) => event.data)
  for (const each of data) terminal.out(`\n${JSON.stringify(each, null, 2)}`)
}

function explainNoDelivery({ trusted, source }: ShownEvent): string {
  if (source === 'hub') return '  The hub said this by itself; it goes nowhere.'
  return trusted
    ? '  No connector asked for events of this type: it was recorded, and nothing else.'
    : '  It came from a sender that is not the configured org: it was recorded, and is never acted on.'
}

function makeNotFoundError(id: string): UsageError {
  const isPerson = id.startsWith('per_') || id.includes('@')
  return new UsageError({
    what: `There is no delivery and no event "${id}".`,
    why: isPerson
      ? 'That looks like a person.'
      : 'Neither the hub nor a sender gave this id to anything in the journal.',
    fix: isPerson ? `Write: npm run hub -- person ${id}` : 'Find it with "npm run hub -- deliveries".',
  })
}
