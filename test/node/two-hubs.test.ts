// @module-tag process

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeLuck } from '../../lab/chaos/luck.ts'
import { takeStep } from '../../lab/chaos/take-step.ts'
import { countDoubledEvents, countOverlappingAttempts, findLostEvents } from '../../lab/chaos/verdicts.ts'
import { watchWrites } from '../../lab/chaos/writes.ts'
import { buildEnvelope } from '../../lab/simulators/okta/hook-envelope.ts'
import type { LogEvent } from '../../lab/simulators/okta/log-event.ts'
import { enterpriseId } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { postHook } from '../support/hub.ts'
import { type HubPair, setHubPair } from '../support/hub-pair.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const seed = 20_260_514

test('two hubs on one database make Auth0 say what Okta says, though hooks are lost, doubled and shuffled and one hub is killed at a listing', async () => {
  await using pair = await setHubPair({
    db,
    people: 30,
    okta: { pageSize: 2 },
    settings: { HUB_LEASE_SECONDS: '8', HUB_OUTBOUND_SECONDS: '4' },
    upkeep: {
      tickSeconds: 0.2,
      resyncEverySeconds: 3,
      overlapSeconds: 2,
      compareEverySeconds: 10,
      retrySeconds: 0.5,
      leaseSeconds: 3,
      enrolEverySeconds: 1,
      verifyAgainSeconds: 5,
    },
  })
  const { okta, auth0 } = pair.tenants
  const writes = watchWrites(auth0)
  for (const id of pair.ids) auth0.sessions.open({ userId: enterpriseId(id), clientId: 'app' })
  // The first hub is alone: the lease is its own. Pages come slowly, so that it is still at them when the other is up.
  const hasten = okta.misbehave({ path: /users$/, method: 'GET', delayMs: 3000 })
  await pair.start(0)
  await eventually(async () =>
    expect(await db.sql`select 1 from hub.source where resynced_to is not null`).toHaveLength(1),
  )
  for (const id of pair.ids) okta.users.updateProfile(id, { firstName: 'Everybody' })
  const sender = makeSender(pair)
  const over = new AbortController()
  const lives = pair.ids.map((id, i) => live(id, i, { pair, sender, signal: over.signal }))
  const looks = lookAgain(over.signal)
  try {
    await eventually(async () => expect(await isListing()).toBe(true), { withinSeconds: 60 })
    await pair.start(1)
    expect(await isListing()).toBe(true)
    const [held] = await db.sql`select epoch from hub.source`
    await pair.kill(0)
    hasten()
    await eventually(
      async () => expect(await db.sql`select 1 from hub.source where epoch > ${held?.epoch}`).toHaveLength(1),
      { withinSeconds: 60 },
    )
    await pair.start(0)
    await sleep(3000)
    await pair.kill(1)
    await pair.start(1)
  } finally {
    over.abort()
    await Promise.all([...lives, looks])
  }

  expect(sender.lost().length).toBeGreaterThan(10)
  await eventually(
    async () => {
      expect(pair.faults()).toEqual([])
      expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0)
      expect(await db.sql`select 1 from hub.owed where done_at is null`).toHaveLength(0)
    },
    { withinSeconds: 120 },
  )
  expect(writes.landedOutOfOrder()).toEqual([])
  expect(await findLostEvents(db.sql, sender.acknowledged)).toEqual([])
  expect(await countDoubledEvents(db.sql)).toBe(0)
  expect(await countOverlappingAttempts(db.sql)).toBe(0)
  expect(await db.sql`select status, code from hub.delivery where status <> 'succeeded'`).toEqual([])
}, 400_000)

/** A hub is in the middle of the list, with a place to go on at. */
async function isListing(): Promise<boolean> {
  const rows = await db.sql`
    select 1 from hub.source s join hub.listing l on l.source = s.id
    where s.lease_until > now() and l.mode = 'changed' and l.position is not null and not l.is_listed`
  return rows.length > 0
}

/** Makes everybody's next look due, again and again. Rows that a settlement holds are left for the next time. */
async function lookAgain(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await db.sql`
      update hub.verification v set ids_at = now() from (
        select person, connector from hub.verification where ids_at > now() for update skip locked) due
      where v.person = due.person and v.connector = due.connector`
    await sleep(1000)
  }
}

type Fate = 'lost' | 'one' | 'both' | 'shuffled'

type Sender = {
  /** Sends a hook as its fate will have it. Nothing is sent again that no hub took: Okta gives up. */
  send(event: LogEvent, fate: Fate): Promise<void>
  lost(): string[]
  acknowledged: Set<string>
}

function makeSender({ urls, tenants: { okta } }: HubPair): Sender {
  const luck = makeLuck(seed)
  const acknowledged = new Set<string>()
  const lost: string[] = []
  const post = async (url: string, event: LogEvent) => {
    const body = buildEnvelope({ url: okta.url, hookId: 'whotwohubs0000000001', events: [event] })
    const answer = await postHook({ url, body: { ...body, eventId: randomUUID() } }).catch(() => null)
    if (answer?.status === 204) acknowledged.add(event.uuid)
  }
  return {
    acknowledged,
    lost: () => lost,
    async send(event, fate) {
      if (fate === 'lost') lost.push(event.uuid)
      if (fate === 'one') await post(luck.pick(urls), event)
      if (fate === 'both') await Promise.all(urls.map((url) => post(url, event)))
      if (fate !== 'shuffled') return
      const copies = Array.from({ length: 2 }, async () => {
        await sleep(luck.between(0, 3000))
        await post(luck.pick(urls), event)
      })
      await Promise.all(copies)
    },
  }
}

type Life = { pair: HubPair; sender: Sender; signal: AbortSignal }

/** A person changes at moments of their own, and once more at the end: of every third person nobody hears that. */
async function live(id: string, i: number, { pair, sender, signal }: Life): Promise<void> {
  const { okta } = pair.tenants
  const luck = makeLuck(seed + i)
  const sent: Promise<void>[] = []
  for (let change = 1; ; change++) {
    await sleep(luck.between(500, 5000))
    const isLast = signal.aborted
    const event = takeStep(id, { okta, luck, name: `Name ${change}` })
    const fate = isLast && i % 3 === 0 ? 'lost' : luck.pick<Fate>(['lost', 'one', 'both', 'shuffled', 'shuffled'])
    sent.push(sender.send(event, fate))
    if (isLast) break
  }
  await Promise.all(sent)
}
