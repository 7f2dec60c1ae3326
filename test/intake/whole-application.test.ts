import { expect, test } from 'vitest'
import { z } from 'zod'
import { connectors } from '../../connectors/index.ts'
import { defineConnector } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { startHub } from '../support/hub.ts'
import { type InlineStage, inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const whole = lumosBody({ permissions: null })
const settings = { SHED_ON: 'yes', LUMOS_HOOK_SECRETS: `shed/*:${inlineSecret}` }

/** An outside system without an allow-list: what an application has in it is known from the requests alone. */
function makeShed() {
  const held = new Set<string>()
  const calls: { member: string; targets: string[]; person: string | null }[] = []
  const weather = { isDown: false, isCut: false }
  type Seen = { request: { permissions: { target: string }[] }; person?: { authorityId: string } | null }
  const note = (member: string, { request, person }: Seen) => {
    const targets = request.permissions.map(({ target }) => target)
    calls.push({ member, targets, person: person?.authorityId ?? null })
    if (weather.isDown) throw new Error('down')
    return targets
  }
  const connector = defineConnector({
    id: 'shed',
    config: z.object({ SHED_ON: z.string() }),
    provision: (context) => {
      for (const target of note('provision', context)) held.add(target)
      if (weather.isCut) throw new Error('cut off')
    },
    deprovision: (context) => {
      for (const target of note('deprovision', context)) held.delete(target)
    },
    has: async ({ request }) => request.permissions.map(({ target }) => target).filter((target) => held.has(target)),
  })
  return { held, calls, weather, connector }
}

type Shed = ReturnType<typeof makeShed>

const setShed = (shed: Shed) => setInlineStage({ db, settings, connectors: [shed.connector] })

async function asked(stage: InlineStage, kind: string, body: unknown) {
  const answer = await stage.ask(kind, body, { connector: 'shed' })
  const text = await answer.text()
  return { status: answer.status, code: text === '' ? undefined : JSON.parse(text).code }
}

test('an older pending revoke of the whole application comes before a grant of a part of it', async () => {
  const shed = makeShed()
  await using stage = await setShed(shed)
  shed.weather.isDown = true
  expect(await asked(stage, 'deprovision', whole)).toEqual({ status: 503, code: 'goes_on' })
  expect(await asked(stage, 'provision', lumosBody({ permissions: ['x'] }))).toEqual({ status: 503, code: 'too_late' })
  expect(shed.calls.map(({ member }) => member)).not.toContain('provision')
  shed.weather.isDown = false
  expect(await asked(stage, 'provision', lumosBody({ permissions: ['x'] }))).toEqual({ status: 204 })
  expect(shed.calls.slice(-2).map(({ member }) => member)).toEqual(['deprovision', 'provision'])
  expect([...shed.held]).toEqual(['x'])
})

test('one of another application is not waited for', async () => {
  const shed = makeShed()
  await using stage = await setShed(shed)
  shed.weather.isDown = true
  expect((await asked(stage, 'deprovision', lumosBody({ permissions: null, app: 'wiki' }))).code).toBe('goes_on')
  await stage.hub.drain.stop()
  shed.weather.isDown = false
  expect(await asked(stage, 'provision', lumosBody({ permissions: ['x'] }))).toEqual({ status: 204 })
  expect(shed.calls.at(-1)).toMatchObject({ member: 'provision', targets: ['x'] })
})

test('a revoke of the whole application that still waits for its person holds a grant of a part up', async () => {
  const shed = makeShed()
  await using stage = await setShed(shed)
  await stage.hub.drain.stop()
  const calm = stage.tenants.okta.misbehave({ status: 500 })
  expect(await asked(stage, 'deprovision', whole)).toEqual({ status: 503, code: 'goes_on' })
  calm()
  expect(await asked(stage, 'provision', lumosBody({ permissions: ['x'] }))).toEqual({ status: 503, code: 'too_late' })
  expect(shed.held.size).toBe(0)
})

test('a grant that landed late does not survive a later revoke of the whole application', async () => {
  const shed = makeShed()
  await using stage = await setShed(shed)
  await stage.hub.drain.stop()
  shed.weather.isCut = true
  const late = await asked(stage, 'provision', lumosBody({ permissions: ['x'], length: 3600 }))
  expect(late).toEqual({ status: 503, code: 'too_late' })
  expect(await asked(stage, 'deprovision', whole)).toEqual({ status: 204 })
  expect([...shed.held]).toEqual(['x'])
  await using hub = await startHub({
    db,
    tenants: stage.tenants,
    connectors: [...connectors, shed.connector],
    settings,
  })
  await eventually(() => expect(shed.held.size).toBe(0))
  await eventually(async () => expect((await hub.deliveries())[0]).toMatchObject({ status: 'superseded' }))
})

test('of several people under one e-mail, whoever was given a part of the application loses the whole', async () => {
  const shed = makeShed()
  await using stage = await setShed(shed)
  expect(await asked(stage, 'provision', lumosBody({ permissions: ['x'] }))).toEqual({ status: 204 })
  const { okta } = stage.tenants
  const profile = { ...okta.users.get(LENA.oktaId).profile, login: 'another.lena@acme-demo.test' }
  okta.users.create({ profile, hasPassword: true, activate: true })
  expect(await asked(stage, 'deprovision', whole)).toEqual({ status: 204 })
  const taken = shed.calls.filter(({ member }) => member === 'deprovision')
  expect(taken.map(({ person }) => person)).toEqual([LENA.oktaId])
  expect(shed.held.size).toBe(0)
})
