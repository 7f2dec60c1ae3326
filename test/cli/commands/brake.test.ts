import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { cliHere } from '../../support/cli.ts'
import { type MovingCrowd, startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const settings = { HUB_BRAKE_PEOPLE: '2' }

let crowd: MovingCrowd
let hub: TestHub

beforeAll(async () => {
  crowd = await startMovingCrowd(9)
  hub = await startHub({ db, tenants: crowd.tenants, settings })
  await crowd.change(hub, crowd.ids.slice(0, 6))
  await eventually(async () => expect(await hub.journal.orders.listHolds()).toHaveLength(4))
})

afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await crowd?.[Symbol.asyncDispose]()
})

const env = () => ({ ...makeEnvironment(crowd.tenants), ...settings, DATABASE_URL: db.url })
const operate = (...args: string[]) => cliHere({ args, env: env() })

describe('brake', () => {
  test('shows how many of how many, and who is held and why', async () => {
    const { code, out } = await operate('brake')
    expect(code).toBe(0)
    expect(out).toContain('2 people let through to be locked out in the last 10 minutes, of 2 at most')
    expect(out.match(/brake +locked out +DEPROVISIONED +auth0 +dlv_/g)).toHaveLength(4)
    const { out: json } = await operate('brake', '--json')
    expect(JSON.parse(json)).toMatchObject({
      threshold: 2,
      limits: { people: 2 },
      holds: [{ order: null }, {}, {}, {}],
    })
  })

  test('show explains a held delivery with the commands that end it', async () => {
    const [hold] = await hub.journal.orders.listHolds()
    const { out } = await operate('show', hold?.delivery ?? '')
    expect(out).toContain('More than 2 people would be locked out')
    expect(out).toContain(`brake release ${hold?.delivery} --reason`)
  })

  test('takes no order without a reason', async () => {
    const { code, err } = await operate('brake', 'release', '--all', '--yes')
    expect(code).toBe(2)
    expect(err).toContain('--reason is missing')
    expect(await hub.journal.orders.listBrakeOrders({ limit: 5 })).toEqual([])
  })

  test('releases one by delivery, on record with the name that was given', async () => {
    const [hold] = await hub.journal.orders.listHolds()
    const { code, out, err } = await operate(
      'brake',
      'release',
      hold?.delivery ?? '',
      '--reason',
      'left',
      '--by',
      'ann',
    )
    expect(err).toBe('')
    expect([code, out]).toEqual([0, '1 person released: the running hub looks at them anew.\n'])
    await eventually(() => expect(crowd.lockedOut()).toContain(hold?.authorityId))
    // Their hold ends when the run is settled, which is after the write.
    await eventually(async () => expect(await hub.journal.orders.listHolds()).toHaveLength(3))
    expect(await hub.journal.orders.listBrakeOrders({ limit: 1 })).toMatchObject([
      { by: 'ann', reason: 'left', people: 1 },
    ])
  })

  test('does not release everybody before somebody says yes', async () => {
    const { code, err } = await operate('brake', 'release', '--all', '--reason', 'right')
    expect(code).toBe(1)
    expect(err).toContain('This would release 3 people. Nothing was done: add --yes')
    expect(await hub.journal.orders.listHolds()).toHaveLength(3)
  })

  test('cancels one, who stays listed with who said so', async () => {
    const [hold] = await hub.journal.orders.listHolds()
    await operate('brake', 'cancel', hold?.login ?? '', '--reason', 'a wrong import', '--by', 'bob')
    const { out } = await operate('brake')
    expect(out).toMatch(new RegExp(`${hold?.login} +cancelled .*bob +a wrong import +DEPROVISIONED`))
    const { out: shown } = await operate('show', hold?.delivery ?? '')
    expect(shown).toContain('Cancelled by bob: a wrong import')
  })

  test('releases all who wait, and leaves the cancelled alone', async () => {
    const { out } = await operate('brake', 'release', '--all', '--yes', '--reason', 'right')
    expect(out).toBe('2 people released: the running hub looks at them anew.\n')
    await eventually(() => expect(crowd.lockedOut()).toHaveLength(5))
    expect((await operate('brake', 'release', '--all', '--reason', 'right')).out).toBe('Nobody is held.\n')
  })

  test('expects a wave until its time, and forgets it again', async () => {
    const { out } = await operate('brake', 'expect', '3', '--until', '2h', '--reason', 'contracts end')
    expect(out).toMatch(/^3 more people may pass until .*\(in (2 h|120 min)\)\.\n$/)
    await crowd.change(hub, crowd.ids.slice(6, 8))
    await eventually(() => expect(crowd.lockedOut()).toHaveLength(7))
    expect((await operate('brake')).out).toMatch(/expected: 3 more until .*, of whom 2 came .*contracts end/)
    await operate('brake', 'expect', '0', '--reason', 'done')
    expect((await operate('brake')).out).not.toContain('expected')
  })

  test.each([
    [['brake', 'shout'], 'The brake knows no "shout"'],
    [['brake', 'expect', '3', '--reason', 'x'], '--until is missing'],
    [['brake', 'expect', '3', '--until', '2020-01-01', '--reason', 'x'], 'is no time ahead'],
    [['brake', 'release', '--reason', 'x'], 'e-mail or id is missing'],
    [['brake', 'release', 'a@b.test', '--all', '--reason', 'x'], '"a@b.test" is one word too many'],
    [['brake', 'release', '--all', '--direction', 'up', '--reason', 'x'], '--direction up is none'],
  ])('refuses %j with the way out', async (args, message) => {
    const { code, err } = await operate(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(err).toContain('What to do')
  })
})

describe('protect', () => {
  test('takes a known person by e-mail, and anybody by an id at a source', async () => {
    const known = `${crowd.ids[0]}@acme-demo.test`.toLowerCase()
    expect((await operate('protect', known, '--until', '30d', '--reason', 'glass', '--by', 'ann')).code).toBe(0)
    const stranger = ['protect', '00uNEVERHEARD', '--until', '2099-01-01', '--reason', 'batch']
    expect((await operate(...stranger)).err).toContain('Nobody is known as')
    expect((await operate(...stranger, '--source', 'okta')).code).toBe(0)
    const { out } = await operate('protect', 'list')
    expect(out).toMatch(new RegExp(`${known} +okta ${crowd.ids[0]} .*\\(in 30 d\\) +ann +glass`))
    expect(out).toContain('okta 00uNEVERHEARD')
  })

  test('unprotect takes them off, once', async () => {
    const known = crowd.ids[0] ?? ''
    expect(await operate('unprotect', known)).toMatchObject({ code: 0, out: `${known} is not protected any more.\n` })
    expect(await operate('unprotect', known)).toMatchObject({ code: 1, out: `${known} was not protected.\n` })
  })
})

describe('report go-live', () => {
  test('says what enforcing would do now, and writes nothing', async () => {
    for (const id of crowd.ids.slice(0, 5)) {
      crowd.tenants.auth0.users.patch(`okta|acme-okta|${id}`, { blocked: false, app_metadata: { okta: null } })
    }
    const writes = crowd.writes().length
    const { code, out } = await operate('report', 'go-live')
    expect(out).toMatch(/DEPROVISIONED since \d{4}-.*auth0 +Lock okta\|acme-okta\|00ucrowd/)
    const holds = await hub.journal.orders.listHolds()
    const cancelled = holds.find(({ order }) => order?.kind === 'cancel')
    const isStopped = (id: string) => holds.some(({ authorityId }) => authorityId === id)
    const open = crowd.ids.slice(0, 8).filter((id) => !crowd.lockedOut().includes(id) && !isStopped(id))
    expect(out).toMatch(new RegExp(`${cancelled?.login} +cancelled before`))
    expect(out).toContain(`8 people asked about: ${open.length} would be locked out, 0 unblocked.`)
    expect(out).toContain(`brake expect ${open.length - 2} --direction deny`)
    expect(code).toBe(0)
    expect(crowd.writes()).toHaveLength(writes)
  })

  test('needs the settings of the hub, and names what is wrong with them', async () => {
    const { code, err } = await cliHere({ args: ['report', 'go-live'], env: { ...env(), HUB_MODE: 'perhaps' } })
    expect(code).toBe(1)
    expect(err).toContain('HUB_MODE')
  })
})
