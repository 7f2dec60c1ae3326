import type { Alert, AlertWords, RaisedType, StateAlert } from '../core/hub-event-types.ts'

type Raised = Pick<Alert, 'about' | 'facts'>

const hub = 'npm run hub --'
const showIt = ({ facts: { delivery } }: Raised) =>
  typeof delivery === 'string' ? `${hub} show ${delivery}` : `${hub} deliveries --stuck`
const error = ({ facts }: Raised, otherwise: string) => String(facts.error || otherwise)
const connectorOf = ({ about, facts }: Raised) => String(facts.connector ?? about.split(/[/ ]/)[0])

function whyStuck(alert: Raised): string {
  const { cause } = alert.facts
  if (cause === 'brake') return 'The brake holds it, and no operator has spoken.'
  if (cause === 'paused') return `It waits for ${alert.about}, which is paused.`
  if (cause === 'waiting') return 'No try of it has ended: no hub may be running, or the vendor does not answer.'
  return `Every try has failed. ${error(alert, '')}`.trim()
}

/** `whom`: where the person of the delivery that raised it is not whom it is about. */
type Words = AlertWords & { whom?: string }

/** What each alert says to an operator who sees one for the first time. */
const words: Record<RaisedType, (alert: Raised) => Words> = {
  'hub.alert.connector_paused': (alert) => ({
    whom: `all people at ${alert.about}`,
    what: `The connector ${alert.about} is paused: nothing is read or written there.`,
    why: `It refused the hub's credential. ${error(alert, '')}`.trim(),
    fix: `Put the credential of ${alert.about} right, and restart the hub if its settings change. Nothing is lost meanwhile: all of its work waits, and goes on by itself. Lock out by hand whoever cannot wait.`,
    command: `${hub} doctor`,
  }),
  'hub.alert.missing_right': (alert) => ({
    what: `The hub lacks a right at ${connectorOf(alert)}: a change is not made.`,
    why: error(alert, 'The vendor refused this one call, and takes the credential otherwise.'),
    fix: 'Grant the right at the vendor. What is to be taken away is tried again by itself; a grant is asked for anew.',
    command: typeof alert.facts.delivery === 'string' ? showIt(alert) : `${hub} doctor`,
  }),
  'hub.alert.partly_written': (alert) => ({
    what: `A change at ${connectorOf(alert)} was written in part: the block was taken, the rest refused.`,
    why: error(alert, 'The vendor refused the rest.'),
    fix: 'Make room for what was refused; the hub goes on trying. A block without a flag is taken back by hand.',
    command: showIt(alert),
  }),
  'hub.alert.stuck': (alert) => ({
    ...(Number(alert.facts.count) > 1 ? { whom: `${alert.facts.count} lockouts or revokes` } : {}),
    what: `A lockout or a revoke at ${connectorOf(alert)} has been open for ${alert.facts.openSeconds ?? 'too many'} s.`,
    why: whyStuck(alert),
    fix: 'The person may still be able to log in. Mend what keeps it, or lock the person out by hand at the target. The hub goes on by itself.',
    command: alert.facts.cause === 'brake' ? `${hub} brake` : showIt(alert),
  }),
  'hub.alert.contradicted': (alert) => ({
    what: 'A lockout was announced that the authority does not confirm: nobody was locked out for it.',
    why: error(alert, 'The authority says that the person may come in, at every look since.'),
    fix: 'Look the person up at the authority. If they are to be locked out, deactivate them there, or replay when they are.',
    command: showIt(alert),
  }),
  'hub.alert.conflict': (alert) => ({
    what: `A user at ${connectorOf(alert)} may be somebody else's, and was left as they are.`,
    why: error(alert, 'The hub does not guess whose a user is.'),
    fix: 'Find out whose the user is: adopt them for this person, or see to them by hand at the target.',
    command: showIt(alert),
  }),
  'hub.alert.unknown_person': (alert) => ({
    what: 'A hook is about a person whom the authority does not know: nobody was locked out for it.',
    why: error(alert, 'The hub has never read this id, so that it is not taken for a leaver.'),
    fix: 'Compare the address of the authority with the org that sends the hooks. If the person is truly gone, lock them out by hand.',
    command: showIt(alert),
  }),
  'hub.alert.unknown_status': (alert) => ({
    what: 'It cannot be told whether a person may come in: nothing was changed.',
    why: error(alert, 'Nobody has said what the status means.'),
    fix: 'Give the status its meaning in OKTA_DENY_STATUSES or OKTA_ALLOW_STATUSES, restart the hub, and replay.',
    command: showIt(alert),
  }),
  'hub.alert.foreign_sender': ({ about, facts }) => ({
    what: `A hook with the secret of ${about} came from another org. It was recorded, and not acted on.`,
    why: 'Its source names another host than the configured org.',
    fix: 'Give a second org its own secret, or set the custom domain. If neither is yours, the secret has leaked: change it.',
    command: typeof facts.event === 'string' ? `${hub} show ${facts.event}` : null,
  }),
  'hub.alert.left_out': ({ about, facts }) => ({
    what: `A hook of ${about} names more than the hub takes of one: ${facts.count ?? 'some'} were left out.`,
    why: 'Okta names one or two people in an event. Somebody else may have the secret.',
    fix: 'Find out who sent it, change the secret, and look at everybody who changed.',
    command: `${hub} ${about} resync`,
  }),
  'hub.alert.more': ({ about, facts }) => ({
    what: `${facts.count ?? 'Some'} more alerts ${about} were recorded and not told.`,
    why: `Of one type 20 are told in an hour. This is about the hour from ${facts.hour ?? 'the last one'}.`,
    fix: 'Look at the lists: they show everything. One cause is likely behind many of them.',
    command: `${hub} deliveries --stuck`,
  }),
  'hub.alert.brake': (alert) => ({
    whom: 'the people whom the command lists',
    what: `The brake holds people who would be ${alert.about === 'deny' ? 'locked out' : 'let in'}.`,
    why: error(alert, 'More people than the threshold would change within the window.'),
    fix: 'See who is held. Release what is right; cancel what is a mistake, and mend it at the authority.',
    command: `${hub} brake`,
  }),
  'hub.alert.protected': (alert) => ({
    what: 'A protected person would be locked out, and is held.',
    why: error(alert, 'The person is on the list of the protected.'),
    fix: 'Release it if it is meant, or cancel it.',
    command: `${hub} brake`,
  }),
  'hub.alert.refused_secrets': ({ about, facts }) => ({
    what: `Hooks of ${about} come with a wrong secret and are refused: ${facts.refused ?? 'many'} of late.`,
    why: 'Either the secret was changed on one side alone, or somebody knocks who does not know it.',
    fix: 'If it is your platform, put the right secret into the settings at once: what is refused is not sent again.',
    command: `${hub} doctor`,
  }),
  'hub.alert.silent_source': ({ about, facts }) => ({
    what: `Nothing was heard of ${about} for ${facts.hours ?? 'many'} hours.`,
    why: 'Its hook may have been deactivated, changed or lost on the way.',
    fix: 'Look there whether the hook is active and verified.',
    command: `${hub} doctor`,
  }),
  'hub.alert.resync_overdue': ({ about, facts }) => ({
    what: `Who changed at ${about} could not be listed for three quarters of an hour.`,
    why: `The last list that got through is of ${facts.resyncedTo ?? 'before this hub began'}. The log has the error: usually a rate limit, or a credential that may not list people.`,
    fix: 'Mend the cause: the next list begins where the last one ended. Meanwhile a hook that is lost is not made good.',
    command: `${hub} doctor`,
  }),
  'hub.alert.unmapped_request': (alert) => ({
    what: `A request asks ${connectorOf(alert)} for what no setting allows. It was refused.`,
    why: error(alert, 'The allow-list of the connector does not have it.'),
    fix: 'If it is wanted, put it into the allow-list, restart the hub, and have it asked for again. If it is not, take the webhook off it at the platform.',
    command: showIt(alert),
  }),
  'hub.alert.message_id_reused': ({ about, facts }) => ({
    what: `Two different messages at ${about} have one signed id.`,
    why: 'The platform gave an id twice, or somebody changed a copy. Of the second a grant was refused, and a revoke carried out.',
    fix: 'Mend it at the platform: each message has an id of its own, and every copy of it the same.',
    command: typeof facts.record === 'string' ? `${hub} show ${facts.record}` : null,
  }),
  'hub.alert.uncertain_grant': (alert) => ({
    what: `A grant at ${connectorOf(alert)} may have arrived, and nothing here can find out.`,
    why: error(alert, 'The connector can neither be asked nor take anything away.'),
    fix: 'Look at the system itself, and take away what is there, or have it asked for again.',
    command: showIt(alert),
  }),
  'hub.alert.new_account': (alert) => ({
    what: `An account at ${connectorOf(alert)} has the e-mail of somebody who left. It is not locked.`,
    why: error(alert, 'It may be a customer of the same e-mail.'),
    fix: 'If it is the leaver, adopt it: the hub then locks it, and reads that back.',
    command: `${hub} person adopt ${alert.facts.authorityId ?? '<who>'} '${alert.facts.target ?? '<user id>'}' --unseen --reason "…"`,
  }),
  'hub.alert.batch_override': ({ about, facts }) => ({
    whom: `the people of ${about}`,
    what: `One person applied ${about} alone, which two people had to.`,
    why: `${facts.by || 'Somebody'} did, on the machine of the hub or by an emergency link: ${facts.reason ?? 'no reason is known'}`,
    fix: 'Look through what it does. "batch pause" stops it, and "batch cancel" ends it: what was carried out stays so.',
    command: `${hub} batch show ${about}`,
  }),
  'hub.alert.access_back': (alert) => ({
    what: `Access at ${connectorOf(alert)} that the hub took away is there again.`,
    why: `Not the hub gave it; who did: ${alert.facts.by ?? 'not known'}. It is not taken away: it may have been given on purpose.`,
    fix: 'Find out at the system why it was given; a group rule is the usual cause.',
    command: `${hub} person ${alert.facts.email ?? alert.facts.person ?? '<who>'}`,
  }),
  'hub.alert.contested': (alert) => ({
    what: `Others at ${connectorOf(alert)} opened a person whom the authority denies, ${alert.facts.reversals ?? 'several'} times within a week.`,
    why: 'The hub writes its flag on and on, and leaves a lifted block from now on.',
    fix: 'Find out who undoes it. If it may be so, put that on record.',
    command: `${hub} except ${alert.facts.authorityId ?? '<who>'} --until 7d --reason "…"`,
  }),
  'hub.alert.setup_changed': ({ about, facts }) => ({
    what: `What lockouts rest on is not as it should be: ${about}.`,
    why: String(facts.detail ?? 'Somebody changed it at the vendor.'),
    fix: String(facts.fix || 'Put it back as it was.'),
    command: `${hub} doctor`,
  }),
  'hub.alert.verification_overdue': ({ about, facts }) => ({
    whom: `${facts.people ?? 'some'} people whom the authority denies`,
    what: `Who is denied is not looked at again at ${about} as often as it should be: the oldest look is ${facts.lateSeconds ?? 'many'} s late.`,
    why: 'The connector or the authority is paused or refuses, its rate limit does not bear it, or work of these people waits.',
    fix: 'Mend the cause; the looks are made good by themselves. Until then what others open there stays open unseen.',
    command: `${hub} doctor`,
  }),
  'hub.alert.break_glass': ({ about, facts }) => ({
    what: `A link for an emergency was made: whoever has it is an operator for an hour. ${facts.maker ?? 'Somebody'} made it.`,
    why: `The reason that was given: ${facts.reason ?? 'none'}`,
    fix: `Find out from the person whether they asked for it. If not, end the session with "${hub} session end", and see who has the machine of the hub. Somebody other than the person says what they found: until then this is open.`,
    command: `${hub} console review ${about} --reason "…"`,
  }),
}

/** Why each alert of what lasts is over. */
const over: Record<StateAlert, (about: string) => string> = {
  'hub.alert.connector_paused': (about) =>
    `${about} goes on: its credential is taken again, or an operator resumed it.`,
  'hub.alert.missing_right': () => 'The change got through.',
  'hub.alert.partly_written': () => 'All of it is written.',
  'hub.alert.stuck': () => 'It is done, or no longer wanted.',
  'hub.alert.contradicted': () => 'The authority confirmed it, or it was looked at anew.',
  'hub.alert.conflict': () => 'It was decided whose the user is.',
  'hub.alert.unknown_person': () => 'The person was looked at anew, and is known.',
  'hub.alert.unknown_status': () => 'The status was given a meaning, or the person has another.',
  'hub.alert.brake': () => 'An operator released or cancelled all that was held.',
  'hub.alert.protected': () => 'An operator released or cancelled it, or it is no longer wanted.',
  'hub.alert.refused_secrets': () => 'No more of them come than are usual.',
  'hub.alert.silent_source': (about) => `${about} is heard again.`,
  'hub.alert.resync_overdue': () => 'A list got through.',
  'hub.alert.uncertain_grant': () => 'It is known what became of it.',
  'hub.alert.contested': () => 'An operator has spoken, or a week went by without it.',
  'hub.alert.setup_changed': () => 'It is as it should be again.',
  'hub.alert.verification_overdue': (about) => `Everybody is looked at again at ${about} as often as they should be.`,
  'hub.alert.break_glass': () => 'Somebody other than its person has looked at the emergency.',
}

export function writeAlert({ type, ...raised }: Alert): Words {
  return words[type](raised)
}

export function explainOver({ type, about }: { type: StateAlert; about: string }): string {
  return over[type](about)
}
