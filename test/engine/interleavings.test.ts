import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LifecycleVerb } from '../../lab/simulators/okta/lifecycle.ts'
import { buildLogEvent, buildUserTarget, type LogEvent } from '../../lab/simulators/okta/log-event.ts'
import type { OktaStatus, OktaUser } from '../../lab/simulators/okta/user.ts'
import { startTenants } from '../../lab/simulators/seed.ts'
import { defaultSchedule, type Schedule } from '../../src/core/schedule.ts'
import { eventually } from '../support/eventually.ts'
import { type Ending, ending, examples, people, type Step, story } from '../support/histories.ts'
import { oktaHook, startHub, type TestHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const connection = 'acme-okta'
const settings = { HUB_BRAKE_PEOPLE: '0' }
const schedule: Schedule = {
  ...defaultSchedule,
  waitsSeconds: [0.01, 0.02, 0.05, 0.1, 0.3, 0.5],
  denyIntervalSeconds: 0.5,
  contradictionWaitsSeconds: [0.02, 0.05, 0.1],
  searchAgainWaitsSeconds: [],
}
const timing = { outboundSeconds: 0.25, leaseSeconds: 0.6, renewSeconds: 0.2, pollSeconds: 0.02, schedule }

/**
 * The waits by design, one after another: the lease of a worker that crashed (0.6 s), the user it had leased (1 s), three
 * further reads (0.02 + 0.05 + 0.1 s), the later look for a lost write (0.6 s): 2.4 s. On a loaded machine calls are given
 * up too: a run that fails costs that call (0.25 s), as much for those before it, and the schedule's longest wait
 * (0.5 s + 20 %): 1.1 s. Eleven of those in a row: 14.5 s in all.
 */
const patienceSeconds = 15
/**
 * For the later looks of all histories together: hundreds of people, eight at a time. On a loaded machine a lease of
 * 0.6 s is lost now and then, and the worker that takes the lane over looks once more after another lease.
 */
const patienceForAllSeconds = 60

type Verb = LifecycleVerb | 'rename' | 'change e-mail' | 'delete'
const verbsFrom: Partial<Record<OktaStatus, readonly Verb[]>> = {
  ACTIVE: ['deactivate', 'suspend', 'rename', 'change e-mail', 'lock'],
  SUSPENDED: ['unsuspend', 'deactivate', 'rename'],
  LOCKED_OUT: ['unlock', 'deactivate'],
  DEPROVISIONED: ['activate', 'activate', 'delete'],
}
const typeOf: Partial<Record<Verb, string>> = {
  rename: 'user.account.update_profile',
  'change e-mail': 'user.account.update_profile',
  delete: 'user.lifecycle.delete.initiated',
  lock: 'user.account.lock',
  unlock: 'user.account.unlock_by_admin',
}

const path = process.env.FUZZ_PATH
const seed = Number(process.env.FUZZ_SEED ?? 20_261_122)
const { FUZZ_RUNS } = process.env
const numRuns = Number(FUZZ_RUNS ?? 60)
// They take 20 s on a machine of its own. A busy machine plays what it can; all of a number that is named is played.
const enoughSeconds = FUZZ_RUNS === undefined ? 75 : Number.POSITIVE_INFINITY

test('whatever happens in whatever order, a late hook or a resync leaves Auth0 as Okta says', {
  timeout: FUZZ_RUNS === undefined ? 240_000 : 3_600_000,
}, async () => {
  await using tenants = await startTenants()
  const { okta, auth0 } = tenants
  let minutesOff = 0
  const clock = { now: () => new Date(Date.now() + minutesOff * 60_000) }
  let hub = await startHub({ db, tenants, timing, settings, clock })
  // The SDKs are loaded now, so that no hook waits for that.
  for (const one of hub.installed) await one.client()
  let history = 0
  const everybody: OktaUser[] = []

  const seedPeople = (): OktaUser[] =>
    Array.from({ length: people }, (_, i) => {
      const id = `00uhistory${String(history).padStart(6, '0')}n${i}`
      const email = `person.${i}.of.${history}@acme-demo.test`
      auth0.users.seed({ connection, id, email })
      return okta.users.seed({ id, profile: { login: email, email, firstName: 'P', lastName: String(i) } })
    })

  /** Ends a worker in the midst of what it does: no drain, no settle, its leases run out. */
  const crash = async () => {
    const dead: TestHub = hub
    hub = await startHub({ db, tenants, timing, settings, clock })
    void dead.drain.stop()
    await dead.sql.end({ timeout: 0 })
  }

  const send = (events: LogEvent[]) =>
    hub.post(oktaHook(events, { org: okta.url })).then(({ status }) => expect(status).toBe(204))

  const startedAt = Date.now()
  const ended = { hook: 0, resync: 0 }
  const play = async (steps: Step[], ending: Ending) => {
    if (Date.now() - startedAt > enoughSeconds * 1000) return
    history++
    const since = new Date().toISOString()
    const users = seedPeople()
    const told = new Map<string, { verb: Verb; user: OktaUser }>()
    let kept: LogEvent[] = []
    for (const one of steps) {
      // Two changes in one millisecond would have one time.
      await sleep(2)
      openSessions(users)
      if (one.do === 'jump') minutesOff = one.minutes
      if (one.do === 'pause') await sleep(one.ms)
      if (one.do === 'crash') await crash()
      if (one.do === 'deliver') {
        const shuffled = kept
          .map((event, i) => ({ event, at: (i * 7919 + one.order) % 101 }))
          .sort((a, b) => a.at - b.at)
        kept = []
        if (shuffled.length > 0) await send(shuffled.map(({ event }) => event))
      }
      if (one.do !== 'change') continue
      const event = await changeOne(one, users, told)
      if (!event || one.fate === 'dropped') continue
      if (one.fate === 'kept back') kept.push(event)
      else await send([event])
      if (one.fate === 'doubled') await send([event, event])
    }
    await sleep(2)
    // The hook after the last change: about each who was changed, of the type of that change, by a clock that is right.
    const last = [...told.values()].map(({ verb, user }) => eventOf(verb, user, 0))
    if (ending === 'hook') for (const events of [last, kept]) if (events.length > 0) await send(events)
    if (ending === 'resync') await resync(since)
    ended[ending]++
    everybody.push(...users)
    await asOktaSays(users, "status = 'pending'")
  }

  /** As a hub does it by itself, a failed listing repeated: hooks that were dropped or kept back stay away for good. */
  const resync = async (since: string) => {
    for (const mode of [{ kind: 'changed', since } as const, { kind: 'compare' } as const]) {
      await eventually(
        async () => {
          const question = { source: 'okta', mode, signal: AbortSignal.timeout(10_000) }
          expect(await hub.resync(question)).not.toBeNull()
        },
        { withinSeconds: patienceSeconds },
      )
    }
  }

  /** A state that is right while work waits proves nothing. What waits is part of what a failure tells. */
  const asOktaSays = (
    users: OktaUser[],
    isWaiting: "status = 'pending'" | 'next_attempt_at is not null',
    withinSeconds = patienceSeconds,
  ) =>
    eventually(
      async () => {
        const waiting = await db.sql`
          select d.lane, e.type, d.status, d.attempts, d.rechecks, d.last_error, d.next_attempt_at, l.lease_until
          from hub.delivery d join hub.event e on e.id = d.event_id join hub.lane l on l.key = d.lane
          where d.${db.sql.unsafe(isWaiting)} order by d.seq`
        const owed = await db.sql`select target, action, since from hub.owed where done_at is null`
        const different = users.flatMap(({ id }) => differenceOf(id) ?? [])
        expect({ different, waiting: [...waiting], owed: [...owed], minutesOff }).toEqual({
          ...{ different: [], waiting: [], owed: [] },
          minutesOff,
        })
      },
      { withinSeconds },
    )

  const changeOne = async (
    one: Step & { do: 'change' },
    users: OktaUser[],
    told: Map<string, { verb: Verb; user: OktaUser }>,
  ) => {
    const user = users[one.person]
    const now = okta.users.list().find(({ id }) => id === user?.id)
    if (!now) return undefined
    const verbs = verbsFrom[now.status] ?? []
    const verb = verbs[one.verb % verbs.length]
    if (verb === undefined) return undefined
    // An id that this hub has never read and that is gone is held for a human (rule 7): no history about that.
    if (verb === 'delete' && !(await wasRead(now.id))) return undefined
    if (verb === 'delete') okta.users.remove(now.id)
    else if (verb === 'rename') okta.users.updateProfile(now.id, { firstName: `P${one.verb}` })
    else if (verb === 'change e-mail')
      okta.users.updateProfile(now.id, { email: `new.${one.verb}.${now.profile.email}`.slice(-60) })
    else okta.users.transition(now.id, verb)
    told.set(now.id, { verb, user: now })
    return eventOf(verb, now, one.clockMinutes)
  }

  /** A person who is let in has a session, so that the next lockout has something to end. */
  const openSessions = (users: OktaUser[]) => {
    for (const { id, status } of okta.users.list().filter(({ id }) => users.some((user) => user.id === id))) {
      const userId = userIdOf(id)
      const isIn = status === 'ACTIVE' && auth0.users.get(userId).blocked !== true
      if (isIn && auth0.sessions.ofUser(userId).length === 0) auth0.sessions.open({ userId, clientId: 'app' })
    }
  }

  const wasRead = async (id: string) => {
    const [row] = await db.sql`select 1 from hub.person where authority_id = ${id} and state is not null`
    return row !== undefined
  }

  const differenceOf = (id: string): string | null => {
    const status = okta.users.list().find((user) => user.id === id)?.status ?? 'gone'
    if (status === 'LOCKED_OUT') return null
    const { blocked = false, app_metadata } = auth0.users.get(userIdOf(id))
    const flag = JSON.stringify(app_metadata).includes('"deactivated":true')
    const out = ['DEPROVISIONED', 'SUSPENDED', 'gone'].includes(status)
    const sessions = auth0.sessions.ofUser(userIdOf(id)).length
    if (blocked === out && flag === out && (!out || sessions === 0)) return null
    return `${id}: ${status}, but blocked ${blocked}, flag ${flag}, ${sessions} sessions`
  }

  try {
    await fc.assert(fc.asyncProperty(story, ending, play), {
      seed,
      numRuns,
      endOnFailure: true,
      examples,
      ...(path === undefined ? {} : { path }),
    })
    // A run in which one of them never came would prove half.
    if (numRuns >= 20) expect(Math.min(ended.hook, ended.resync)).toBeGreaterThan(0)
    // The later looks for lost writes have found nothing else.
    await asOktaSays(everybody, 'next_attempt_at is not null', patienceForAllSeconds)
  } finally {
    await hub[Symbol.asyncDispose]()
  }
})

function userIdOf(oktaId: string): string {
  return `okta|${connection}|${oktaId}`
}

function eventOf(verb: Verb, user: OktaUser, clockMinutes: number): LogEvent {
  const published = new Date(Date.now() + clockMinutes * 60_000).toISOString()
  return buildLogEvent({
    eventType: typeOf[verb] ?? `user.lifecycle.${verb}`,
    target: [buildUserTarget(user)],
    published,
  })
}
