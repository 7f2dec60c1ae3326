import { expect, test } from 'vitest'
import { cliHere } from '../../support/cli.ts'
import { until } from '../../support/eventually.ts'
import { lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'

const db = await testDatabase()
const operate = (...args: string[]) => cliHere({ args, env: { DATABASE_URL: db.url } })
const task = 'https://app.lumos.test/tasks?requestId=7700123'
const stranger = 'Nobody.Known@acme.com'

async function showNewest(): Promise<string> {
  const [newest] = JSON.parse((await operate('deliveries', '--limit', '1', '--json')).out)
  return (await operate('show', newest.id)).out
}

test('whoever was refused without being known is listed, and found, by the e-mail of the request', async () => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', lumosBody({ email: stranger }))).status).toBe(422)
  expect((await operate('deliveries')).out).toContain(stranger)
  const found = await operate('deliveries', '--person', stranger.toLowerCase(), '--json')
  expect(JSON.parse(found.out)).toMatchObject([{ kind: 'provision', email: stranger, person: null }])
  expect(await showNewest()).toContain(`${stranger}  (nobody known)`)
  expect((await operate('deliveries', '--person', 'somebody.else@acme.com')).code).not.toBe(0)
})

test('somebody known is listed once, with what was asked for under their e-mail', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  await stage.ask('validate', lumosBody())
  const { out } = await operate('deliveries', '--person', LENA.email, '--json')
  expect(JSON.parse(out).map(({ kind }: { kind: string }) => kind)).toEqual(['validate', 'provision'])
})

test('a deprovision for a stranger is a deprovision to whoever looks for one, and any other is listed once', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('deprovision', lumosBody({ email: stranger }))
  const kinds = async () => {
    const rows = JSON.parse((await operate('deliveries', '--kind', 'deprovision', '--json')).out)
    return rows.map(({ kind }: { kind: string }) => kind)
  }
  expect(await kinds()).toEqual(['resolve'])
  await stage.ask('deprovision', lumosBody())
  expect(await kinds()).toEqual(['deprovision', 'resolve'])
})

test('a refused provision is never said to be replayable, and a question and a trial never to be read back', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_TEST_APPLICATION: 'trial' } })
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  expect(await showNewest()).toContain('was refused: it is never replayed, but asked for again at the platform')
  await stage.ask('validate', lumosBody())
  expect(await showNewest()).toContain('succeeded  was asked, and answered')
  for (const kind of ['provision', 'deprovision', 'validate']) {
    await stage.ask(kind, lumosBody({ app: 'trial' }))
    const shown = await showNewest()
    expect(shown).toContain('was a trial of the hook: recorded, and nothing was done')
    expect(shown).not.toMatch(/read back|replay/)
  }
})

test('a repeated provision is said to have been done, and nothing of being late or overtaken', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ task }))
  expect((await stage.ask('provision', lumosBody({ task }))).status).toBe(204)
  const shown = await showNewest()
  expect(shown).toContain('superseded  was done before by another, and not again')
  expect(shown).toContain('The same request had been done already, and its sender was told so.')
  expect(shown).not.toMatch(/late grant|overtaken/)
})

test('show names the authority of a person whom the hub itself looked at', async () => {
  await using stage = await setInlineStage({ db })
  await stage.hub.queueSync([{ source: 'okta', authorityId: LENA.oktaId }], { reason: 'a test' })
  await until(
    async () => (await stage.hub.journal.records.listDeliveries({ kind: 'sync', limit: 1 }))[0]?.status === 'succeeded',
  )
  expect(await showNewest()).toContain(`(okta ${LENA.oktaId}, per_`)
})
