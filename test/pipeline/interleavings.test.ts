import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LifecycleVerb } from '../../src/demo/tenants/okta/lifecycle.ts'
import { buildLogEvent, type LogEvent, userTarget } from '../../src/demo/tenants/okta/log-event.ts'
import type { OktaStatus, OktaUser } from '../../src/demo/tenants/okta/user.ts'
import { startTenants } from '../../src/demo/tenants/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, type TestHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const connection = 'acme-okta'
const settings = { HUB_BRAKE_PEOPLE: '0' }
const timing = { outboundSeconds: 0.25, leaseSeconds: 0.6, renewSeconds: 0.2, pollSeconds: 0.02 }

/** What may happen next. Fate and person are drawn with it, so that a failure shrinks to the few that matter. */
type Step =
  | { do: 'change'; person: number; verb: number; fate: Fate; clockMinutes: number }
  | { do: 'deliver'; order: number }
  | { do: 'crash' }
  | { do: 'pause'; ms: number }

/** What becomes of the hook that tells of a change. */
type Fate = 'sent' | 'dropped' | 'doubled' | 'kept back'

const people = 3
const change = fc.record({
  do: fc.constant('change' as const),
  person: fc.nat(people - 1),
  verb: fc.nat(),
  fate: fc.constantFrom<Fate>('sent', 'sent', 'dropped', 'doubled', 'kept back', 'kept back'),
  // A clock that is ahead by less than the hub's tolerance of 5 min is believed, and may end as contradicted: shut.
  clockMinutes: fc.constantFrom(0, 0, 0, -90, -1, 90),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: change },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), order: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.nat(60) }) },
)

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

/** Found by chance once: an old deactivation by a clock that ran ahead must not outshine the activation after it. */
const clockAhead: Step[] = [
  { do: 'change', person: 0, verb: 0, fate: 'sent', clockMinutes: 0 },
  { do: 'pause', ms: 200 },
  { do: 'change', person: 0, verb: 0, fate: 'dropped', clockMinutes: 0 },
  { do: 'change', person: 0, verb: 0, fate: 'kept back', clockMinutes: 90 },
  { do: 'change', person: 0, verb: 0, fate: 'kept back', clockMinutes: 0 },
  { do: 'deliver', order: 0 },
  { do: 'pause', ms: 60 },
]

const seed = Number(process.env.FUZZ_SEED ?? 20_261_122)
const numRuns = Number(process.env.FUZZ_RUNS ?? 30)

test('whatever happens in whatever order, a hook sent after the last change leaves Auth0 as Okta says', {
  timeout: 120_000,
}, async () => {
  await using tenants = await startTenants()
  const { okta, auth0 } = tenants
  let hub = await startHub({ db, tenants, timing, settings })
  let history = 0

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
    hub = await startHub({ db, tenants, timing, settings })
    void dead.drain.stop()
    await dead.sql.end({ timeout: 0 })
  }

  const send = (events: LogEvent[]) =>
    hub.post(oktaHook(events, { org: okta.url })).then(({ status }) => expect(status).toBe(204))

  const play = async (steps: Step[]) => {
    history++
    const users = seedPeople()
    const told = new Map<string, { verb: Verb; user: OktaUser }>()
    let kept: LogEvent[] = []
    for (const one of steps) {
      // Two changes in one millisecond would have one time.
      await sleep(2)
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
    // News that comes after it, by a clock far ahead, cannot be told from newer news: that ends as contradicted, shut.
    const ahead = kept.filter(({ published }) => Date.parse(published) > Date.now())
    const fair = kept.filter((event) => !ahead.includes(event))
    for (const events of [ahead, last, fair]) if (events.length > 0) await send(events)
    await eventually(() => expect(users.map(({ id }) => differenceOf(id))).toEqual(users.map(() => null)), {
      withinSeconds: 30,
    })
  }

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

  const wasRead = async (id: string) => {
    const [row] = await db.sql`select 1 from hub.person where authority_id = ${id} and state is not null`
    return row !== undefined
  }

  const differenceOf = (id: string): string | null => {
    const status = okta.users.list().find((user) => user.id === id)?.status ?? 'gone'
    if (status === 'LOCKED_OUT') return null
    const { blocked = false, app_metadata } = auth0.users.get(`okta|${connection}|${id}`)
    const flag = JSON.stringify(app_metadata).includes('"deactivated":true')
    const out = ['DEPROVISIONED', 'SUSPENDED', 'gone'].includes(status)
    return blocked === out && flag === out ? null : `${id}: ${status}, but blocked ${blocked}, flag ${flag}`
  }

  try {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 18 }), play), {
      seed,
      numRuns,
      endOnFailure: true,
      examples: [[clockAhead]],
    })
  } finally {
    await hub[Symbol.asyncDispose]()
  }
})

function eventOf(verb: Verb, user: OktaUser, clockMinutes: number): LogEvent {
  const published = new Date(Date.now() + clockMinutes * 60_000).toISOString()
  return buildLogEvent({ eventType: typeOf[verb] ?? `user.lifecycle.${verb}`, target: [userTarget(user)], published })
}
