import { describe, expect, test } from 'vitest'
import okta from '../../connectors/okta/index.ts'
import { type Connector, CredentialError, defineConnector, PermanentError } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, testTiming, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()

const added = 'group.user_membership.add'
const at = (second: number) => `2026-08-01T10:00:0${second}.000Z`
const joined = (second: number, userId: string = LENA.oktaId) =>
  userEvent({ type: added, userId, published: at(second), uuid: `${userId}-${second}` })

/** A connector that notes each event it is handed, and ends as it is told to. */
function notebook(end: (uuid: string, attempt: number) => void = () => {}) {
  const handed: string[] = []
  const plans: string[] = []
  const connector = defineConnector({
    id: 'notebook',
    on: {
      'group.user_membership.add': ({ event, attempt }) => {
        const uuid = String(event.data.uuid)
        handed.push(uuid)
        end(uuid, attempt)
      },
    },
    sync: {
      on: ['group.user_membership.*', 'user.lifecycle.*'],
      plan: ({ person }) => {
        plans.push(person.authorityId)
        return { changes: [], sightings: [{ kind: 'link', value: person.authorityId }] }
      },
      apply: () => {},
    },
  })
  return { connector: connector as Connector, handed, plans }
}

const onStatuses = async ({ hub }: Stage) =>
  (await hub.deliveries()).filter(({ kind }) => kind === 'on').map(({ status }) => status)

const set = (connector: Connector, schedule = testTiming.schedule) =>
  setStage({ db, connectors: [okta, connector], timing: { schedule } })

describe('`on`', () => {
  test('is handed every event once, in the order in which they happened', async () => {
    const { connector, handed } = notebook()
    await using stage = await set(connector)
    await stage.hub.drain.stop()
    for (const second of [3, 1, 2]) await stage.hub.post(oktaHook([joined(second), joined(second)]))
    await using later = await startHub({
      db,
      tenants: stage.tenants,
      connectors: [okta, connector],
    })
    await eventually(async () => expect(await onStatuses({ ...stage, hub: later })).toEqual(Array(3).fill('succeeded')))
    expect(handed).toEqual([1, 2, 3].map((second) => `${LENA.oktaId}-${second}`))
  })

  test('waits for an earlier one that fails; `sync` and other people do not', async () => {
    let broken = true
    const { connector, handed, plans } = notebook((uuid) => {
      if (broken && uuid === `${LENA.oktaId}-1`) throw new Error('weather')
    })
    await using stage = await set(connector)
    await stage.hub.post(oktaHook([joined(1)]))
    await eventually(() => expect(handed.length).toBeGreaterThan(1))
    await stage.hub.post(oktaHook([joined(2), joined(1, OMAR.oktaId)]))
    await eventually(() => expect(handed).toContain(`${OMAR.oktaId}-1`))
    await eventually(() => expect(plans).toContain(OMAR.oktaId))
    const lenas = () => plans.filter((id) => id === LENA.oktaId).length
    const before = lenas()
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: LENA.oktaId })]))
    await eventually(() => expect(lenas()).toBeGreaterThan(before))
    expect(handed).not.toContain(`${LENA.oktaId}-2`)
    broken = false
    await eventually(async () => expect(await onStatuses(stage)).toEqual(Array(3).fill('succeeded')))
    expect(handed.at(-1)).toBe(`${LENA.oktaId}-2`)
  })

  test('ends as failed after a permanent error, and the next one follows', async () => {
    const { connector, handed } = notebook((uuid) => {
      if (uuid === `${LENA.oktaId}-1`) throw new PermanentError('no such group')
    })
    await using stage = await set(connector)
    await stage.hub.post(oktaHook([joined(1), joined(2)]))
    await eventually(async () => expect((await onStatuses(stage)).toSorted()).toEqual(['failed', 'succeeded']))
    expect(handed).toEqual([1, 2].map((second) => `${LENA.oktaId}-${second}`))
  })

  test('is given up after its time, unlike deny work', async () => {
    const { connector } = notebook(() => {
      throw new Error('weather')
    })
    await using stage = await set(connector, { ...testTiming.schedule, giveUpAfterSeconds: 0.3 })
    await stage.hub.post(oktaHook([joined(1)]))
    await eventually(async () => expect(await onStatuses(stage)).toEqual(['failed']))
  })

  test('is tried once more with a fresh client when its credential is refused', async () => {
    const attempts: number[] = []
    const { connector } = notebook((_, attempt) => {
      attempts.push(attempt)
      if (attempts.length === 1) throw new CredentialError('401')
    })
    await using stage = await set(connector)
    await stage.hub.post(oktaHook([joined(1)]))
    await eventually(async () => expect(await onStatuses(stage)).toEqual(['succeeded']))
    expect(attempts).toEqual([1, 1])
    expect(await stage.hub.alerts()).toEqual([])
  })
})
