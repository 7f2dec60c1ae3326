import { beforeAll, describe, expect, test } from 'vitest'
import { type BundledStage, setBundledStage } from '../../support/bundled-stage.ts'
import { cliHere } from '../../support/cli.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'

const db = await testDatabase()
let stage: BundledStage
beforeAll(async () => {
  stage = await setBundledStage(db)
  return () => stage[Symbol.asyncDispose]()
})

const attempt = (...args: string[]) => stage.operate('try', ...args)

describe('hub try', () => {
  test('asks the running hub as the platform would, and gives the access', async () => {
    const asked = ['--email', LENA.email, '--permission', 'billing', '--for', '2h']
    const { code, out } = await attempt('auth0', 'provision', ...asked)
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('The provision is done.') })
    const { out: person } = await stage.operate('person', LENA.email)
    expect(person).toContain('billing → role:rol_billing')
    expect(person).toMatch(/until .* \(in (120 min|2 h)\)/)
  })

  test('asks for the only permission there is, of the first application that is allowed', async () => {
    expect(await attempt('zendesk', 'provision', '--email', LENA.email)).toMatchObject({ code: 0 })
    expect((await stage.operate('person', LENA.email)).out).toContain('support → role:agent')
  })

  test('shows what a platform is told, with the answers that were given', async () => {
    const asked = ['--email', LENA.email, '--permission', 'read', '--field', 'floor=12', '--field', 'why=a=b']
    const { code, out } = await attempt('print', 'validate', ...asked)
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('The platform is told: {"output"') })
    const [row] = await stage.hub.journal.records.listDeliveries({ kind: 'validate', limit: 1 })
    const { out: shown } = await stage.operate('show', row?.id ?? '', '--json')
    expect(shown).toContain('"response": "a=b"')
  })

  test('shows why the hub refused, and ends with 1', async () => {
    const { code, out } = await attempt('auth0', 'provision', '--email', LENA.email, '--permission', 'owner')
    expect(code).toBe(1)
    expect(out).toContain('422')
    expect(out).toContain('The provision was refused.')
    expect(out).toContain('owner')
  })

  test('says so when no hub answers', async () => {
    const asked = ['--email', LENA.email, '--permission', 'billing', '--url', 'http://127.0.0.1:9']
    const { code, out } = await attempt('auth0', 'provision', ...asked)
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('Does the hub run?') })
  })

  test.each([
    ['nothing at all', [], 'connector is missing.', '--email'],
    ['a connector that is not there', ['auth1', 'provision'], 'There is no connector "auth1" here.', 'auth0'],
    ['a kind that it does not serve', ['auth0', 'validate'], 'does not serve "validate"', 'provision'],
    ['nobody', ['auth0', 'provision'], '--email is missing.', '--email'],
    [
      'an answer without a name',
      ['auth0', 'provision', '--email', 'a@b.test', '--field', '12'],
      'has no name',
      'floor=12',
    ],
    ['a span that is none', ['auth0', 'provision', '--email', 'a@b.test', '--for', 'ever'], 'no span of time', '2h'],
    [
      'a platform that is not there',
      ['auth0', 'provision', '--email', 'a@b.test', '--source', 'x'],
      'x may not',
      'PLATFORM',
    ],
  ])('refuses %s with what to write instead', async (_, args, what, fix) => {
    const { code, err } = await attempt(...args)
    expect(code).toBe(2)
    expect(err).toContain(what)
    expect(err).toContain(fix)
  })

  test('says which setting lets a platform ask, when none is configured', async () => {
    const env = {
      ...{
        OKTA_ORG_URL: 'http://127.0.0.1:9',
        OKTA_API_TOKEN: 'token-of-a-trial',
        OKTA_HOOK_SECRETS: 'secret-of-a-trial',
      },
      ...{ RELAY_URL: 'http://127.0.0.1:9', RELAY_SECRETS: `whsec_${'A'.repeat(43)}=`, DATABASE_URL: db.url },
    }
    const { code, err } = await cliHere({ args: ['try', 'relay', 'provision', '--email', LENA.email], env })
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('PLATFORM_HOOK_SECRETS=relay/provision'),
    })
  })
})
