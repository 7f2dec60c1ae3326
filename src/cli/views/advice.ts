import { ownConnector } from '../../core/lane.ts'
import { type HeldCode, heldCodes } from '../../core/outcome.ts'
import { defaultSchedule, isUsedUp } from '../../core/schedule.ts'
import type { ConnectorState, DeliveryDetails } from '../../journal/index.ts'
import { formatCount, formatLocalTime } from '../terminal/text.ts'
import { type Advice, adviseOnInline } from './inline-advice.ts'
import { explainStatus, statusWords } from './status-words.ts'

type Question = { delivery: DeliveryDetails; paused: readonly ConnectorState[]; now: Date }

const replayIt = ({ id }: DeliveryDetails) => `When that is done: npm run hub -- replay ${id}`

/** Says why a delivery stands where it stands, and what an operator who sees one for the first time does next. */
export function adviseOn({ delivery, paused, now }: Question): Advice {
  if (delivery.collapsedInto) {
    const why = `One run stands for several events of one person: ${delivery.collapsedInto} is the newest, and its attempts are shown here, after those that this one had before.`
    return { why, next: [] }
  }
  const inline = adviseOnInline({ delivery, now })
  if (inline) return inline
  switch (delivery.status) {
    case 'pending':
      return adviseOnPending({ delivery, paused, now })
    case 'held':
      return adviseOnHeld(delivery)
    case 'contradicted':
      return {
        why: `The event said "locked out", but at every look since, the authority said otherwise. Its word was taken: nobody was locked out for this event. ${delivery.lastError ?? ''}`,
        next: [
          'Look the person up at the authority. If they should be locked out, deactivate them there: the hub hears of it.',
          `To look once more: npm run hub -- replay ${delivery.id}`,
        ],
      }
    case 'no_match':
      return adviseOnNoMatch(delivery)
    case 'failed':
      return {
        why: `It was given up after ${formatCount(delivery.attempts, 'try', 'tries')}. The last one ended with: ${delivery.lastError ?? 'no reason noted'}`,
        next: ['Mend what the error says.', replayIt(delivery)],
      }
    case 'superseded':
      return {
        why: `It ${statusWords.superseded.meaning}. Not even a replay runs it. ${delivery.lastError ?? ''}`.trim(),
        next: [],
      }
    case 'uncertain':
      return {
        why: `The call went out, and no answer came. ${delivery.lastError ?? ''}`,
        next: ['Look at the target system whether it arrived, before anything else is done.'],
      }
    case 'running':
      return adviseOnRunning(delivery, now)
    case 'succeeded':
      return { why: `It ${explainStatus(delivery)}.`, next: [] }
  }
}

/** The journal knows the lease, not whether the process that holds it still lives. */
function adviseOnRunning({ leasedUntil }: DeliveryDetails, now: Date): Advice {
  const end = leasedUntil === null ? 'its lease is over' : formatLocalTime(leasedUntil, now)
  return {
    why: `It was taken by a process of the hub, which has it until ${end} and longer if it says so. Were that process dead, another takes it then.`,
    next: [],
  }
}

function adviseOnPending({ delivery, paused, now }: Question): Advice {
  const stop = paused.find(({ id }) => id === delivery.connector || id === delivery.source)
  if (stop) {
    return {
      why: `${stop.id} is paused: ${stop.reason ?? 'no reason noted'}. Nothing is used up; all of its work waits.`,
      next: [
        `Mend the credential of ${stop.id}, as the reason says, and restart the hub if its settings change.`,
        `The hub tries once a minute and goes on by itself when that works. At once: npm run hub -- resume ${stop.id} --reason "…"`,
      ],
    }
  }
  if (delivery.attempts === 0) return adviseOnUntried(delivery, now)
  const last = delivery.tries.at(-1)?.outcome
  if (last === 'too_early') return adviseOnTooEarly(delivery)
  const tried = `It was tried ${formatCount(delivery.attempts, 'time')}. The last try ended with: ${delivery.lastError ?? 'no reason noted'}`
  if (!isUsedUp(defaultSchedule, delivery.attempts)) {
    return { why: `${tried} It is tried again by itself.`, next: [] }
  }
  const [what, byHand] = nameOpenWork(delivery)
  return {
    why: `It does not get on. ${tried} ${what} never ends by itself: it goes on every 15 minutes.`,
    next: [
      'Mend what the error says; the next try finds it.',
      `To try at once: npm run hub -- replay ${delivery.id}`,
      `Until then, ${byHand} if that cannot wait.`,
    ],
  }
}

/** What goes on for as long as it takes, and what an operator does by hand meanwhile. */
function nameOpenWork({ connector, inline }: DeliveryDetails): [string, string] {
  if (connector === ownConnector) {
    return ['Reading who works with the hub', 'revoke the tokens of the person (npm run hub -- token list)']
  }
  return inline
    ? ['Taking access away', 'take the access away by hand at the target']
    : ['Locking out', 'lock the person out by hand at the target']
}

function adviseOnTooEarly(delivery: DeliveryDetails): Advice {
  return {
    why: `The event says "locked out", and the authority does not say so (yet). It is asked again 5 s, 1 min and 10 min later; if it still disagrees then, this ends as contradicted. ${delivery.lastError ?? ''}`,
    next: ['If the person should be locked out, look whether they are deactivated at the authority.'],
  }
}

function adviseOnUntried({ nextAttemptAt }: DeliveryDetails, now: Date): Advice {
  const dueSince = nextAttemptAt === null ? 0 : now.getTime() - new Date(nextAttemptAt).getTime()
  if (dueSince < 10_000) return { why: 'It waits for its turn.', next: [] }
  return {
    why: 'It is due and not taken: no hub may be running, or another delivery of this person is in the way.',
    next: ['See that the hub runs: npm run hub -- doctor', 'See what else there is: npm run hub -- deliveries --stuck'],
  }
}

function adviseOnHeld(delivery: DeliveryDetails): Advice {
  const why = `It was stopped before anything doubtful was written. ${delivery.lastError ?? ''}`
  return { why, next: stepsOfHeld(delivery) }
}

function stepsOfHeld(delivery: DeliveryDetails): string[] {
  const { id, person } = delivery
  switch (heldCodeOf(delivery)) {
    case 'brake':
    case 'protected':
      return [
        'See whom else the brake holds, and what the authority says of them: npm run hub -- brake',
        `If it is right: npm run hub -- brake release ${id} --reason "…"`,
        `If it is a mistake, mend it at the authority, then: npm run hub -- brake cancel ${id} --reason "…"`,
      ]
    case 'conflict':
      return [
        'Each conflict below names a user at the target who was left as they are, and why. Decide who that user is.',
        `If it is this person: npm run hub -- person adopt ${person} '<user id>' --reason "…"`,
        'If not, end what makes it doubtful, or lock or unblock the user by hand at the target.',
        replayIt(delivery),
      ]
    case 'unknown_person':
      return [
        'Look whether the authority knows this id, and whether the hub asks the right org (npm run hub -- doctor).',
        'If the person is truly gone, lock their users out by hand at the target: the hub has never seen who they are.',
        replayIt(delivery),
      ]
    case 'unknown_status':
      return [
        `If the status needs a meaning, add it to ${nameSettings(delivery.authority ?? delivery.source, ['DENY_STATUSES', 'ALLOW_STATUSES']).join(' or ')}.`,
        replayIt(delivery),
      ]
  }
}

/** Why a delivery is held. Rows of before the codes have none; there the last attempt tells the same. */
function heldCodeOf({ code, tries }: DeliveryDetails): HeldCode {
  const known = heldCodes.find((candidate) => candidate === code)
  if (known) return known
  const last = tries.at(-1)
  if (last && last.conflicts.length > 0) return 'conflict'
  return last?.state === null ? 'unknown_person' : 'unknown_status'
}

/** As the instance reads them: `OKTA_EU_DENY_STATUSES` of `okta_eu`. */
function nameSettings(id: string, names: readonly string[]): string[] {
  return names.map((name) => `${id.toUpperCase().replaceAll('-', '_')}_${name}`)
}

function adviseOnNoMatch(delivery: DeliveryDetails): Advice {
  return {
    why: `${delivery.connector} has no user of this person, as far as links and e-mails tell. ${
      delivery.nextAttemptAt === null ? 'It is not looked for any more.' : 'It is looked for again by itself.'
    }`,
    next: [
      'If that is right, nothing is to be done.',
      `If there is such a user, see under which e-mail: ${nameSettings(delivery.connector, ['CONNECTIONS', 'EMAIL_DOMAINS']).join(' and ')} may leave it out.`,
      `To look again: npm run hub -- replay ${delivery.id}`,
    ],
  }
}
