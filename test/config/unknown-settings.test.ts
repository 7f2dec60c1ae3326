import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { settingNames } from '../../scripts/configuration-table.ts'
import { readConfiguration } from '../../src/config/configuration.ts'
import { belongsToOtherTool } from '../../src/config/other-tools.ts'
import { editDistance } from '../../src/core/edit-distance.ts'
import { hubSettings } from '../../src/core/hub-settings.ts'
import type { Settings } from '../../src/core/settings.ts'
import { formatProblems } from '../../src/node/start-failure.ts'
import { sources } from '../../src/sources/index.ts'

const good = {
  OKTA_ORG_URL: 'https://acme.okta.com',
  OKTA_API_TOKEN: 'token-of-acme',
  OKTA_HOOK_SECRETS: 'the-new-hook-secret,the-old-hook-secret',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret',
}

/** What is said of one further variable beside a sound environment. */
function judge(name: string, over: Record<string, string> = {}) {
  const read = readConfiguration({ ...good, [name]: 'a-value-that-is-nobodys-business', ...over }, connectors)
  const { warnings, problems } =
    'problems' in read
      ? read
      : { warnings: read.configuration.warnings, problems: [] as typeof read.configuration.warnings }
  if (!all.includes(name)) expect(formatProblems(problems, warnings)).not.toContain('nobodys-business')
  return {
    refused: problems.find(({ setting }) => setting === name) ?? null,
    warned: warnings.find(({ setting }) => setting === name) ?? null,
  }
}

const schemas: Settings[] = [
  hubSettings,
  ...sources.map(({ config }) => config),
  ...connectors.flatMap(({ config }) => config ?? []),
]
const fields = new Map(schemas.flatMap(({ shape }) => Object.entries(shape)))
const all = [...fields.keys(), 'AUTH0_BUDGET_SECONDS', 'AUTH0_DEDUPE_HOURS', 'AUTH0_REVOKE_ON_DENY']
const prefixes = [
  'HUB_',
  ...[...sources.map(({ kind }) => kind), ...connectors.map(({ id }) => id)].map((id) => `${id.toUpperCase()}_`),
]
const prefixOf = (name: string) => prefixes.find((prefix) => name.startsWith(prefix))
/** Optional of every schema that has it, and not set above. */
const optional = all.filter(
  (name) =>
    prefixOf(name) !== undefined &&
    !(name in good) &&
    schemas.every(({ shape }) => shape[name]?.safeParse(undefined).success !== false),
)

const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')

/** One letter left out, added, changed, or swapped with the next, behind the prefix. */
const misspelt = fc
  .record({
    name: fc.constantFrom(...optional),
    how: fc.constantFrom('leave out', 'add', 'change', 'swap'),
    at: fc.nat(),
    letter,
  })
  .map(({ name, how, at, letter }) => {
    const prefix = prefixOf(name) ?? ''
    const rest = name.slice(prefix.length)
    const i = at % rest.length
    const [before, one, after] = [rest.slice(0, i), rest.slice(i, i + 1), rest.slice(i + 1)]
    const wrong = {
      'leave out': before + after,
      add: before + letter + one + after,
      change: before + letter + after,
      swap: before + after.slice(0, 1) + one + after.slice(1),
    }[how]
    return { name, wrong: prefix + wrong }
  })

describe('an unknown name that is one letter off a setting', () => {
  test('is refused for every optional setting that is not set, and the one that was meant is named', () => {
    fc.assert(
      fc.property(misspelt, ({ name, wrong }) => {
        fc.pre(!all.includes(wrong) && !belongsToOtherTool(wrong))
        const { refused, warned } = judge(wrong)
        expect(warned).toBeNull()
        // Two settings may both be one letter away; then either is named.
        const [, meant = ''] = /did you mean (\w+)\?/.exec(refused?.what ?? '') ?? []
        expect([name, ...all.filter((each) => editDistance(each, wrong) === 1)]).toContain(meant)
        expect(refused?.fix).toContain(`Rename it to ${meant}`)
      }),
      { numRuns: 300 },
    )
  })

  test('is never refused when it is two letters off', () => {
    fc.assert(
      fc.property(misspelt, letter, fc.nat(), ({ wrong }, more, at) => {
        const i = 4 + (at % wrong.length)
        const twice = wrong.slice(0, i) + more + wrong.slice(i)
        fc.pre(all.every((each) => editDistance(each, twice) !== 1) && !all.includes(twice))
        expect(judge(twice).refused).toBeNull()
      }),
      { numRuns: 300 },
    )
  })

  test('is never refused when it is the name of a setting', () => {
    // A value that is not good for the setting is another matter.
    for (const name of [...all, ...settingNames().filter((each) => !each.startsWith('CONNECTOR_'))]) {
      const { refused, warned } = judge(name)
      expect(`${refused?.what} ${warned?.what}`).not.toContain('did you mean')
      expect(`${refused?.what} ${warned?.what}`).not.toContain('this version knows')
    }
  })

  test('is a warning where the setting is set, or required, or HUB_STRICT_SETTINGS=off', () => {
    expect(judge('HUB_BRAKE_PEOPEL').refused?.what).toContain('did you mean HUB_BRAKE_PEOPLE?')
    expect(judge('HUB_BRAKE_PEOPEL', { HUB_BRAKE_PEOPLE: '5' })).toMatchObject({ refused: null, warned: {} })
    expect(judge('HUB_BRAKE_PEOPEL', { HUB_STRICT_SETTINGS: 'off' })).toMatchObject({ refused: null, warned: {} })
    expect(judge('HUB_BRAKE_PEOPEL', { HUB_STRICT_SETTINGS: 'perhaps' }).refused).not.toBeNull()
    const required = judge('OKTA_ORG_UR', { OKTA_ORG_URL: '' })
    expect(required).toMatchObject({ refused: null, warned: { fix: expect.stringContaining('OKTA_ORG_URL') } })
  })

  test('is refused with the name as a second org has it', () => {
    const eu = {
      HUB_INSTANCES: 'okta_eu:okta',
      AUTH0_AUTHORITIES: 'okta,okta_eu',
      OKTA_EU_ORG_URL: 'https://acme-eu.okta.com',
      OKTA_EU_API_TOKEN: 'eu-token',
      OKTA_EU_HOOK_SECRETS: 'the-hook-secret-of-the-eu',
    }
    expect(judge('OKTA_EU_DENY_STATUSE', eu).refused?.what).toContain('did you mean OKTA_EU_DENY_STATUSES?')
    expect(judge('OKTA_EU_DENY_STATUSES', { ...eu, OKTA_EU_DENY_STATUSES: 'SUSPENDED' })).toEqual({
      refused: null,
      warned: null,
    })
  })
})

describe('any other unknown name', () => {
  test.each(['HUB_FOO', 'OKTA_HOOK_SECRET_OF_OLD', 'AUTH0_BLOCKED_USERS', 'SLACK_CHANELL_OF', 'LUMOS_KEY'])(
    '%s is a warning where it begins as settings do',
    (name) => expect(judge(name)).toMatchObject({ refused: null, warned: { setting: name } }),
  )

  test.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['AUTHO_DOMAIN', 'AUTH0_DOMAIN'],
    ['OTKA_DENY_STATUSES', 'OKTA_DENY_STATUSES'],
    ['HUB_HOST', 'HOST'],
  ])('%s is a warning that names %s, though the beginning is wrong', (name, meant) => {
    const { refused, warned } = judge(name, { [meant]: '' })
    expect(refused).toBeNull()
    expect(warned?.what).toContain(`did you mean ${meant}?`)
  })

  test.each([
    ...['GITHUB_ACTIONS', 'GITHUB_SHA', 'AUTH0_ISSUER_BASE_URL', 'AUTH0_SECRET', 'OKTA_CLIENT_ORGURL', 'OKTA_ORG_NAME'],
    ...['SLACK_SIGNING_SECRET', 'ZENDESK_TOKEN', 'PAGERDUTY_USER_TOKEN', 'PLATFORM_RELATIONSHIPS'],
    ...['HUB_PORT', 'HUB_PORT_8787_TCP', 'HUB_PORT_8787_TCP_ADDR', 'HUB_SERVICE_HOST', 'OKTA_SERVICE_PORT_HTTPS'],
    ...['OKTA_ADMIN_TOKEN', 'AUTH0_ADMIN_CLIENT_ID', 'AUTH0_ADMIN_CLIENT_SECRET', 'PATH', 'HOME', 'npm_config_cache'],
  ])('%s of another tool, or of a command, is left alone', (name) => {
    expect(judge(name)).toEqual({ refused: null, warned: null })
  })

  test('an empty one counts as absent', () => {
    expect(judge('HUB_BRAKE_PEOPEL', { HUB_BRAKE_PEOPEL: '' })).toEqual({ refused: null, warned: null })
  })
})

describe('the public address', () => {
  const problemOf = (HUB_PUBLIC_URL: string) => {
    const read = readConfiguration({ ...good, HUB_PUBLIC_URL }, connectors)
    return 'problems' in read ? read.problems : []
  }

  test.each([
    ['https://hub.acme.test/hooks', 'https://hub.acme.test'],
    ['https://hub.acme.test/hooks/', 'https://hub.acme.test'],
    ['https://hub.acme.test/hooks/okta', 'https://hub.acme.test'],
    ['https://hub.acme.test/bellhop/hooks/lumos/auth0/provision', 'https://hub.acme.test/bellhop'],
    ['https://hub.acme.test//hooks/okta', 'https://hub.acme.test'],
    ['https://hub.acme.test:8443/Hooks/okta?x=1', 'https://hub.acme.test:8443'],
    ['https://me:a-password@hub.acme.test/hooks/okta', 'https://hub.acme.test'],
  ])('%s is refused, and %s named in its place', (given, instead) => {
    const [problem, ...others] = problemOf(given)
    expect(others).toEqual([])
    expect(problem).toMatchObject({ setting: 'HUB_PUBLIC_URL', what: expect.stringMatching(`write ${instead}$`) })
    expect(problem?.what).not.toContain('a-password')
  })

  test.each(['https://hub.acme.test', 'https://hub.acme.test/bellhop/', 'https://hooks.acme.test/hooks-of-acme'])(
    '%s is taken',
    (given) => expect(problemOf(given)).toEqual([]),
  )
})
