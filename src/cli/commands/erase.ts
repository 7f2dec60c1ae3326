import type { ErasePlan, PersonRow } from '../../journal/index.ts'
import { describeBlock, erasePerson } from '../../operate/erase-person.ts'
import { findOnePerson } from '../../operate/one-person.ts'
import { withJournal } from '../setup/open-journal.ts'
import { readOrder } from '../setup/operator-orders.ts'
import { confirm } from '../terminal/ask.ts'
import type { Call } from '../terminal/command.ts'
import { readWord } from '../terminal/options.ts'
import { printJson, printLines } from '../terminal/output.ts'
import { formatCount } from '../terminal/text.ts'

/** `person erase <who>`: says what it would do, then does it. False when something stands in the way, or nobody says yes. */
export async function eraseOne(call: Call): Promise<boolean> {
  const { words, options, terminal } = call
  const who = readWord(words, { command: 'person erase', what: 'e-mail or id' })
  const note = readOrder(options, `npm run hub -- person erase ${who}`)
  return withJournal(call, async (journal) => {
    const person = await findOnePerson(journal, who)
    const plan = await journal.orders.planErase(person)
    if (!options.json) printLines(terminal, describePlan(plan, person))
    const isFree = plan.blocks.length === 0
    const isWanted = isFree && (options.yes === true || (terminal.canAsk && (await confirm('\nErase this, for good?'))))
    if (!isWanted) {
      if (options.json) printJson(terminal, { ...plan, erased: false })
      else if (isFree && !terminal.canAsk) terminal.note('Nothing is erased: add --yes.')
      return false
    }
    const done = await erasePerson(journal, { ...note, person, endsSearch: true })
    if (options.json) printJson(terminal, { ...done, erased: true })
    else terminal.out(`${person.id} is erased.`)
    return true
  })
}

function describePlan(plan: ErasePlan, { id, source, authorityId }: PersonRow): string[] {
  if (plan.blocks.length > 0) {
    return [`${id} cannot be erased:`, ...plan.blocks.map((block) => `  ${describeBlock(block)}`)]
  }
  const accounts = plan.namedAccounts.join(', ')
  return [
    `${id}: names, e-mails, what was said in ${formatCount(plan.events, 'event')} and ${formatCount(plan.deliveries, 'delivery', 'deliveries')}, and the words of orders about them go.`,
    `${source} ${authorityId}, and ids, codes and times of what was done stay: a door that was shut stays shut.`,
    ...(plan.endsSearch
      ? [
          'They are denied: from then on nobody searches for accounts with an e-mail of theirs. Known ones are looked at.',
        ]
      : []),
    ...(accounts ? [`Nobody looks at these accounts any more, because their id is an e-mail: ${accounts}.`] : []),
  ]
}
