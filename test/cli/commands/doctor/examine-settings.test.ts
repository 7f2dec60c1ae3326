import { describe, expect, test } from 'vitest'
import { connectors } from '../../../../connectors/index.ts'
import { examineConfiguration, examineInline } from '../../../../src/cli/commands/doctor/examine-settings.ts'
import { readConfiguration } from '../../../../src/config/configuration.ts'
import { cliHere } from '../../../support/cli.ts'
import { testDatabase } from '../../../support/postgres.ts'

const db = await testDatabase()
const base = {
  OKTA_ORG_URL: 'https://acme.okta.com',
  OKTA_API_TOKEN: 'token-of-acme',
  OKTA_HOOK_SECRETS: 'a-hook-secret-of-more-than-32-characters',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret-of-more-than-32-characters',
}
const secret = 'lumos-hook-secret-of-more-than-32-characters'

function checksOf(environment: Record<string, string>) {
  const read = readConfiguration({ ...base, ...environment }, connectors)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return examineInline(read.configuration)
}

const warnings = (environment: Record<string, string>) =>
  checksOf(environment).filter(({ status }) => status === 'warning')
const granting = { AUTH0_GRANTS: '{"crm": "role:rol_0123456789abcdef"}' }

test('without a request platform there is nothing to say', () => {
  expect(checksOf({})).toEqual([])
})

test('each hook is listed with what it must show, and the answer table as unverified', () => {
  const checks = checksOf({
    ...granting,
    LUMOS_HOOK_SECRETS: `auth0/provision:${secret}`,
    LUMOS_SIGNING_SECRETS: `auth0/*:${secret}`,
  })
  expect(checks.every(({ status }) => status === 'ok')).toBe(true)
  expect(checks.find(({ name }) => name === '/hooks/lumos/auth0')?.detail).toBe(
    'provision needs secret and signature; deprovision needs signature',
  )
  const table = checks.find(({ detail }) => detail.startsWith('Answers (unverified against Lumos)'))
  expect(table?.detail).toContain('"message_key":"error_message"')
  expect(JSON.stringify(checks)).not.toContain(secret)
})

test('a hook for which there is no secret is said to accept no call, and a connector without any is left out', () => {
  const checks = checksOf({ ...granting, PRINT: 'on', LUMOS_HOOK_SECRETS: `auth0/deprovision:${secret}` })
  expect(checks.find(({ name }) => name === '/hooks/lumos/auth0')?.detail).toBe(
    'provision accepts no call; deprovision needs secret',
  )
  expect(checks.some(({ name }) => name === '/hooks/lumos/print')).toBe(false)
})

test.each([
  { secrets: `*/*:${secret}`, grants: { ...granting }, says: /opens every hook of every connector/ },
  { secrets: `auth0/provision:${secret}`, grants: {}, says: /its allow-list is empty/ },
  { secrets: `slack/provision:${secret}`, grants: {}, says: /slack is off, or there is no such connector/ },
  { secrets: `nothing/*:${secret}`, grants: {}, says: /nothing is off, or there is no such connector/ },
  {
    secrets: `auth0/validate:${secret}`,
    grants: {},
    says: /does not serve validate: it serves provision, deprovision/,
  },
])('$secrets is warned of', ({ secrets, grants, says }) => {
  const found = warnings({ ...grants, LUMOS_HOOK_SECRETS: secrets })
  expect(found.some(({ detail }) => says.test(detail))).toBe(true)
  for (const { fix } of found) expect(fix?.length).toBeGreaterThan(10)
})

test('an empty list at a connector that nobody may ask is no worry, nor is the secret of the event hook', () => {
  expect(warnings({ LUMOS_HOOK_SECRETS: `events:${secret},auth0/deprovision:${secret}` })).toEqual([])
})

test('the doctor says all this, under its own heading', async () => {
  const env = { ...base, DATABASE_URL: db.url, PLATFORM_HOOK_SECRETS: `*/*:${secret}` }
  const { out } = await cliHere({ args: ['doctor', '--offline'], env })
  expect(out).toContain('Request platforms\n')
  expect(out).toContain('✓ /hooks/platform/auth0: provision needs secret; deprovision needs secret')
  expect(out).toContain('! a secret of platform for */*: opens every hook')
  expect(out).toContain('auth0 may grant nothing')
})

describe('connectors that are off', () => {
  const examine = (environment: Record<string, string> = {}) => {
    const given = { ...base, ...environment }
    return examineConfiguration({ read: readConfiguration(given, connectors), environment: given })
  }

  test('take one line together, and alerts that go nowhere are a warning', () => {
    const [, off, ...others] = examine()
    expect(off).toMatchObject({
      name: 'off',
      status: 'ok',
      detail: expect.stringMatching(/^print, .*slack.*: none of/),
    })
    expect(off?.detail).not.toContain('alerts')
    expect(others).toEqual([
      expect.objectContaining({ name: 'alerts', status: 'warning', fix: expect.stringContaining('HUB_ALERT_URL') }),
    ])
  })

  test.each([
    { HUB_ALERT_URL: 'https://alerts.acme.test', HUB_ALERT_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` },
    { SLACK_BOT_TOKEN: 'xoxb-a-token-of-slack', SLACK_CHANNEL: 'C0123456789' },
    { PRINT: 'on', PRINT_EVENTS: 'hub.alert.*' },
  ])('are no warning where alerts are heard: %o', (settings) => {
    expect(examine(settings as Record<string, string>).filter(({ status }) => status !== 'ok')).toEqual([])
  })

  test.each([
    { PRINT: 'on' },
    { SLACK_BOT_TOKEN: 'xoxb-a-token-of-slack', SLACK_CHANNEL: 'C0123456789', SLACK_EVENTS: 'hub.access.*' },
  ])('are one where what is on does not hear alerts: %o', (settings) =>
    expect(examine(settings as Record<string, string>)).toContainEqual(
      expect.objectContaining({ name: 'alerts', status: 'warning' }),
    ),
  )

  test('a credential that a vendor made is not measured, a hook’s secret is', () => {
    const names = examine({ AUTH0_CLIENT_SECRET: 'short', OKTA_HOOK_SECRETS: 'twenty-characters-ok' }).map(
      ({ name }) => name,
    )
    expect(names).toContain('OKTA_HOOK_SECRETS')
    expect(names).not.toContain('AUTH0_CLIENT_SECRET')
  })

  test('an unknown name is listed', () => {
    expect(examine({ HUB_FOO: 'x' })).toContainEqual(expect.objectContaining({ name: 'HUB_FOO', status: 'warning' }))
  })
})
