import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Change } from '../../../src/core/change.ts'
import { FencedOutError } from '../../../src/core/errors.ts'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { prepare, renew } from '../../../src/journal/queue/prepare.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { laneOf, newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

async function claimed(...people: string[]): Promise<ClaimedLane[]> {
  await ingest(sql, [people.map((person) => newEvent({ person }))])
  const lanes = await claim(sql, { limit: 10, leaseSeconds: 30 })
  return people.map((about) => {
    const lane = lanes.find(({ key }) => key === laneOf({ about }))
    if (!lane) throw new Error(`${about} was not claimed`)
    return lane
  })
}

const debt = (target: string): Change => ({
  direction: 'deny',
  action: 'revoke_access',
  target,
  summary: `End the sessions of ${target}`,
  owed: true,
})

type Wish = { targets?: string[]; owed?: Change[]; leaseSeconds?: number }

const prepareFor = (lane: ClaimedLane, { targets = [], owed = [], leaseSeconds = 30 }: Wish) =>
  prepare(sql, { lane, person: lane.person?.id ?? '', connector: 'auth0', targets, links: [], owed, leaseSeconds })

const owedRows = async () => [
  ...(await sql`select target, done_at is null as open, note from hub.owed order by target`),
]

/** Claims the only lane again, as the next run would. */
async function again(): Promise<ClaimedLane> {
  await ingest(sql, [[newEvent({ person: '00u1' })]])
  const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
  if (!lane) throw new Error('Nothing is due')
  return lane
}

describe('the lease of a target', () => {
  test('lets one of two people’s runs write to a user they share, and the other after it', async () => {
    const [one, two] = await claimed('00u1', '00u2')
    if (!one || !two) throw new Error('two lanes')
    const held = await prepareFor(one, { targets: ['auth0|a', 'auth0|shared'] })
    expect(held).toHaveLength(2)
    expect(await prepareFor(two, { targets: ['auth0|shared', 'auth0|b'], owed: [debt('auth0|b')] })).toBeNull()
    expect(await owedRows()).toEqual([])
    // The run that came too late holds nothing of what was free.
    const [three] = await claimed('00u3')
    expect(await prepareFor(three as ClaimedLane, { targets: ['auth0|b'] })).toHaveLength(1)

    await settle(sql, settlementOf(one, { targets: held ?? [] }))
    expect(await prepareFor(two, { targets: ['auth0|shared'] })).toHaveLength(1)
  })

  test('ends by itself when its run is gone', async () => {
    const [one, two] = await claimed('00u1', '00u2')
    if (!one || !two) throw new Error('two lanes')
    await prepareFor(one, { targets: ['auth0|shared'], leaseSeconds: 0.1 })
    await sleep(150)
    const held = await prepareFor(two, { targets: ['auth0|shared'] })
    expect(held).toHaveLength(1)
    // The run that lost the user cannot settle any more, though its own lane is still its own.
    const lost = [{ key: 'target:auth0:auth0|shared', epoch: 1 }]
    await expect(settle(sql, settlementOf(one, { targets: lost }))).rejects.toBeInstanceOf(FencedOutError)
  })

  test('is refused to a run whose own lane was taken over', async () => {
    const [one] = await claimed('00u1')
    if (!one) throw new Error('a lane')
    await sql`update hub.lane set epoch = epoch + 1 where key = ${one.key}`
    const late = prepareFor(one, { targets: ['auth0|a'], owed: [debt('auth0|a')] })
    await expect(late).rejects.toBeInstanceOf(FencedOutError)
    expect(await owedRows()).toEqual([])
    expect(await sql`select 1 from hub.lane where key like 'target:%'`).toHaveLength(0)
  })

  test('goes to exactly one of many runs that ask at once', async () => {
    const people = Array.from({ length: 8 }, (_, i) => `00u${i}`)
    const lanes = await claimed(...people)
    const targets = ['auth0|x', 'auth0|y', 'auth0|z']
    const answers = await Promise.all(
      lanes.map((lane, i) => prepareFor(lane, { targets: i % 2 ? targets : targets.toReversed() })),
    )
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1)
  })
})

describe('a renewal', () => {
  // Whatever order the rows lie in, and whatever order they are named in.
  test.each([
    { made: ['00u1', '00u2'], named: ['00u1', '00u2'] },
    { made: ['00u1', '00u2'], named: ['00u2', '00u1'] },
    { made: ['00u2', '00u1'], named: ['00u1', '00u2'] },
    { made: ['00u2', '00u1'], named: ['00u2', '00u1'] },
  ])('locks in the order of keys, so that it waits in nobody’s way: $made, $named', async ({ made, named }) => {
    for (const person of made) await ingest(sql, [[newEvent({ person })]])
    const claims = await claim(sql, { limit: 10, leaseSeconds: 30 })
    const lanes = named.flatMap((about) => claims.filter(({ key }) => key === laneOf({ about })))
    expect(lanes).toHaveLength(2)
    let renewing: Promise<boolean> | undefined
    await sql.begin(async (tx) => {
      await tx`select key from hub.lane where key = ${laneOf({ about: '00u1' })} for update`
      renewing = renew(sql, { lanes, leaseSeconds: 30 })
      await sleep(150)
      // Held by the renewal already, this would be one half of a deadlock.
      await tx`select key from hub.lane where key = ${laneOf({ about: '00u2' })} for update nowait`
    })
    expect(await renewing).toBe(true)
  })
})

describe('what is owed', () => {
  test('is on record before the write and handed to the next run until it is ticked', async () => {
    const [lane] = await claimed('00u1')
    if (!lane) throw new Error('a lane')
    const targets = ['auth0|a', 'auth0|b']
    const held = await prepareFor(lane, { targets, owed: targets.map(debt) })
    await settle(
      sql,
      settlementOf(lane, {
        targets: held ?? [],
        owedDone: [{ target: 'auth0|a', action: 'revoke_access', note: 'Not on this plan' }],
      }),
    )
    expect(await owedRows()).toEqual([
      { target: 'auth0|a', open: false, note: 'Not on this plan' },
      { target: 'auth0|b', open: true, note: null },
    ])
    expect((await again()).owed).toEqual([debt('auth0|b')])
  })

  test('is void when the person is allowed again, and open again with the next denial', async () => {
    const [lane] = await claimed('00u1')
    if (!lane) throw new Error('a lane')
    const held = await prepareFor(lane, { targets: ['auth0|a'], owed: [debt('auth0|a')] })
    await settle(sql, settlementOf(lane, { targets: held ?? [], owedDropped: true }))
    expect(await owedRows()).toMatchObject([{ open: false, note: expect.stringContaining('void') }])
    const next = await again()
    expect(next.owed).toEqual([])
    await prepareFor(next, { targets: ['auth0|a'], owed: [debt('auth0|a')] })
    expect(await owedRows()).toEqual([{ target: 'auth0|a', open: true, note: null }])
  })

  test('counts from when it was first owed, however often it is tried, and anew after it was done', async () => {
    const [lane] = await claimed('00u1')
    if (!lane) throw new Error('a lane')
    const owe = (one: typeof lane) => prepareFor(one, { targets: ['auth0|a'], owed: [debt('auth0|a')] })
    const age = async () => {
      const [row] = await sql<{ old: boolean }[]>`select since < now() - interval '1 hour' as old from hub.owed`
      return row?.old
    }
    await settle(sql, settlementOf(lane, { targets: (await owe(lane)) ?? [] }))
    await sql`update hub.owed set since = now() - interval '2 hours'`
    const next = await again()
    const held = await owe(next)
    expect(held).not.toBeNull()
    expect(await age()).toBe(true)
    await settle(sql, settlementOf(next, { targets: held ?? [], owedDropped: true }))
    await owe(await again())
    expect(await age()).toBe(false)
  })
})
