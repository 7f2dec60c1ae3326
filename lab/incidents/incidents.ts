import { CAST } from '../simulators/seed.ts'
import { type Desk, freshToken } from './desk.ts'

export type Incident = {
  title: string
  /** What happened, in a sentence: the page begins with it. */
  about: string
  play(desk: Desk): Promise<void>
}

const { lena, omar } = CAST
const reader = `--email ${lena.email} --permission code`

/** What happens most often at night, each from the first sign to the mend. `docs/operations.md` has them as pages. */
export const incidents: readonly Incident[] = [
  {
    title: 'A credential was revoked',
    about: 'Somebody tidied up the API tokens at Okta, and the hub’s was among them. Then Lena left.',
    play: mendCredential,
  },
  { title: 'Okta is down', about: 'Okta answers 503 to everything, and Lena leaves meanwhile.', play: outlastOkta },
  {
    title: 'A wave at the brake',
    about: 'Thirty people are deactivated at Okta at once: more than 20 within 10 minutes are a decision for a person.',
    play: releaseWave,
  },
  {
    title: 'A wrong credential of a connector',
    about: 'GitHub’s token was mistyped at the last start, and nothing but requests for access arrives there.',
    play: mendConnector,
  },
  {
    title: 'A failed grant',
    about: 'Omar’s request for access to GitHub was approved, and nobody knows who he is there.',
    play: dismissGrant,
  },
  {
    title: 'A SIGKILL with lockouts under way',
    about: 'The kernel ended the hub for want of memory while twelve people were being locked out.',
    play: surviveKill,
  },
]

async function mendCredential(desk: Desk): Promise<void> {
  desk.okta.credentials.revoke(desk.okta.token)
  leave(desk, lena.oktaId)
  await desk.page('hub.alert.connector_paused')
  desk.tell('While Okta is paused nobody is locked out and nobody is let in. Nothing is lost, and nothing is used up.')
  await desk.type('deliveries --stuck', { see: [/okta is paused/, /The oldest lockout/] })
  await desk.type('doctor', { see: [/✗ okta: reading people/], code: 1 })
  desk.tell(
    'Whoever must be out this minute is blocked in Auth0 by hand; the hub will find it done. Then a new token is made at Okta, `OKTA_API_TOKEN` is set to it, and the hub is started again. It tries the connector at its start.',
  )
  await desk.stop()
  desk.set({ OKTA_API_TOKEN: freshToken })
  await desk.start()
  await desk.type('report leavers --from 1h', {
    see: [/^Person/, /lena\.park/, /1 of 1 read back as shut/],
    withinSeconds: 60,
  })
  await desk.type('deliveries --stuck', { see: [/Nothing is stuck/] })
}

async function outlastOkta(desk: Desk): Promise<void> {
  const mend = desk.okta.misbehave({ status: 503 })
  leave(desk, lena.oktaId)
  await desk.page('hub.alert.stuck', { withinSeconds: 240 })
  desk.tell('Hooks are still answered 204, and are journaled. What they ask for waits: only Okta can say what is true.')
  await desk.type('deliveries --stuck', { see: [/^DELIVERY/, /deactivate/] })
  await desk.type('doctor', { see: [/✗ okta: reading people/], code: 1 })
  desk.tell(
    'Nothing is to be done but to wait; whoever must be out this minute is blocked in Auth0 by hand. When Okta is back, the next try succeeds by itself, 15 minutes later at the latest. To have it sooner, and to see what else changed at Okta meanwhile:',
  )
  mend()
  await desk.type('recover --since 1h --yes', { see: [/./] })
  await desk.type('okta resync --since 1h', { see: [/Listed/] })
  await desk.type('report leavers --from 1h', {
    see: [/^Person/, /lena\.park/, /1 of 1 read back as shut/],
    withinSeconds: 120,
  })
}

async function releaseWave(desk: Desk): Promise<void> {
  const people = desk.hire(30)
  await desk.type('okta resync --full --apply', { see: [/Listed everybody/] })
  await desk.type('deliveries --limit 1', { see: [/./], withinSeconds: 5 })
  desk.scenes.length = 0
  leave(desk, ...people)
  await desk.page('hub.alert.brake')
  await desk.type('brake', {
    see: [/people let through to be locked out in the last/, /^HELD/, /person0/],
    withinSeconds: 30,
  })
  desk.tell(
    'Nobody else is locked out until a person decides. Ask who did it, and why: the event’s actor stands in the list, and a mistake is undone at Okta first. This time the human resources department confirms it.',
  )
  await desk.type('brake release --all --reason "HR: the Lisbon office closes" --yes', { see: [/eleased/] })
  await desk.type('report leavers --from 1h', {
    see: [/30 of 30 read back as shut/, /Time to lockout/],
    withinSeconds: 90,
  })
  desk.tell('A wave that is planned is announced before: `npm run hub -- brake expect --help`.')
}

async function mendConnector(desk: Desk): Promise<void> {
  await desk.stop()
  desk.set({ GITHUB_TOKEN: 'github_pat_simulated_mistyped_token_1234' })
  await desk.start()
  await desk.type(`try github provision ${reader}`, { see: [/^503/, /could not do it/], code: 1 })
  await desk.page('hub.alert.connector_paused')
  desk.tell(
    'The platform was told 503: nothing was given, and nothing will be given late. Requests go on failing until then.',
  )
  await desk.type('doctor', { see: [/✗ connector github/, /✗ GitHub acme/], code: 1 })
  desk.tell('The token is put right, and the hub started again: it asks GitHub who the token is, and goes on.')
  await desk.stop()
  desk.set({ GITHUB_TOKEN: desk.github.token })
  await desk.start()
  await desk.type('resume list', { see: [/./], withinSeconds: 30 })
  await desk.type(`try github provision ${reader}`, { see: [/^204/, /is done/], code: 0 })
  desk.tell(
    'Where the token was put right at the vendor and not here, no restart is needed: `npm run hub -- resume github --reason "…"`, or wait a minute.',
  )
}

async function dismissGrant(desk: Desk): Promise<void> {
  await desk.type(`try github provision --email ${omar.email} --permission code`, {
    see: [/^422/, /refused/, /None of map/],
    code: 1,
  })
  desk.tell(
    'The platform was told 422 with this reason, and shows it to the requester. On this side it stays in plain sight:',
  )
  const answer = await desk.type('deliveries --status failed', { see: [/^DELIVERY/, /github/] })
  const id = /dlv_\w+/.exec(answer)?.[0] ?? ''
  await desk.type(`show ${id}`, { see: [/permanent/, /It was refused/, /^ {2}[12]\. /] })
  desk.tell(
    'A grant is never replayed. Omar’s account is added to `GITHUB_LOGINS`, he asks again, and this one rings no longer:',
  )
  await desk.type(`dismiss ${id} --reason "Added to GITHUB_LOGINS, Omar asks again"`, { see: [/is dismissed/] })
  await desk.stop()
  desk.set({ GITHUB_LOGINS: JSON.stringify({ [lena.email]: 'lena-p', [omar.email]: 'omar-d' }) })
  await desk.start()
  await desk.type(`try github provision --email ${omar.email} --permission code`, { see: [/^204/, /is done/], code: 0 })
}

async function surviveKill(desk: Desk): Promise<void> {
  const people = desk.hire(12)
  const hasten = desk.auth0.misbehave({ method: 'PATCH', delayMs: 1500 })
  leave(desk, ...people)
  await desk.wait('the first of them is out', () => people.some((id) => isBlocked(desk, id)))
  await desk.kill()
  hasten()
  desk.tell(
    'Whatever restarts the hub has started it again. What it had taken is taken anew when its lease is over, within 30 seconds; what is half done is read back and finished.',
  )
  await desk.start()
  await desk.type('report leavers --from 1h', {
    see: [/12 of 12 read back as shut/, /Time to lockout/],
    withinSeconds: 90,
  })
  await desk.type('deliveries --stuck', { see: [/Nothing is stuck/] })
  desk.tell(
    'Nothing is to be done. Hooks that Okta sent while no hub listened are gone; the resync at the start has found who changed.',
  )
}

function leave({ okta }: Desk, ...ids: string[]): void {
  for (const id of ids) okta.users.transition(id, 'deactivate')
}

function isBlocked({ auth0 }: Desk, oktaId: string): boolean {
  return auth0.users.get(`okta|${CAST.connections.enterprise}|${oktaId}`)?.blocked === true
}
