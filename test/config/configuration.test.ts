import { describe, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { commandTable } from '../../src/cli/table.ts'
import { readConfiguration } from '../../src/config/configuration.ts'
import { commandWords } from '../../src/config/connector-ids.ts'
import type { Connector } from '../../src/core/connector.ts'
import type { Environment } from '../../src/core/settings.ts'
import { formatProblems } from '../../src/node/start-failure.ts'

const good = {
  OKTA_ORG_URL: 'https://acme.okta.com',
  OKTA_API_TOKEN: 'token-of-acme',
  OKTA_HOOK_SECRETS: 'the-new-hook-secret,the-old-hook-secret',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret',
}

const problemsOf = (environment: Environment) => {
  const read = readConfiguration(environment, connectors)
  return 'problems' in read ? read.problems : []
}

const configurationOf = (environment: Environment) => {
  const read = readConfiguration(environment, connectors)
  if ('problems' in read) throw new Error(formatProblems(read.problems))
  return read.configuration
}

describe('reading the environment', () => {
  test('an empty one is refused, and says what the main job needs', () => {
    expect(problemsOf({}).map(({ setting }) => setting)).toEqual(['OKTA_ORG_URL', 'AUTH0_DOMAIN'])
  })

  test('every problem comes at once, each with its fix and without its value', () => {
    const wrong = {
      ...good,
      PORT: 'eighty',
      OKTA_ORG_URL: 'http://acme.okta.com',
      AUTH0_CLIENT_SECRET: '',
      AUTH0_BLOCK: 'perhaps',
    }
    const problems = problemsOf(wrong)
    expect(problems.map(({ setting }) => setting).sort()).toEqual([
      'AUTH0_BLOCK',
      'AUTH0_CLIENT_SECRET',
      'OKTA_ORG_URL',
      'PORT',
    ])
    for (const { fix } of problems) expect(fix.length).toBeGreaterThan(10)
    expect(formatProblems(problems)).not.toMatch(/eighty|perhaps|http:\/\/acme|token-of-acme|hook-secret/)
  })

  test('a sign-in is configured whole or not at all, and what is missing is named at once', () => {
    const signIn = {
      HUB_PUBLIC_URL: 'https://hub.acme.com',
      HUB_CONSOLE_ISSUER: 'https://acme.okta.com',
      HUB_CONSOLE_CLIENT_ID: 'bellhop',
      HUB_CONSOLE_CLIENT_SECRET: 'a-console-secret',
      HUB_CONSOLE_ROLES: 'admin=claim:urn:x=1, viewer=email:ann@acme.com,operator=subject:00u1',
    }
    const { hub, secrets } = configurationOf({ ...good, ...signIn })
    expect(secrets).toContain('a-console-secret')
    expect(hub.HUB_CONSOLE_ROLES).toEqual([
      { role: 'admin', by: 'claim', value: 'urn:x=1' },
      { role: 'viewer', by: 'email', value: 'ann@acme.com' },
      { role: 'operator', by: 'subject', value: '00u1' },
    ])
    const wrong = (facts: Environment) =>
      problemsOf({ ...good, ...facts })
        .map(({ setting }) => setting)
        .sort()
    expect(wrong({ HUB_CONSOLE_CLIENT_ID: 'bellhop', HUB_CONSOLE_ISSUER: 'https://acme.okta.com' })).toEqual([
      'HUB_CONSOLE_CLIENT_SECRET',
      'HUB_CONSOLE_ROLES',
      'HUB_CONSOLE_URL',
    ])
    expect(wrong({ ...signIn, HUB_PUBLIC_URL: 'https://acme.com/hub' })).toEqual(['HUB_CONSOLE_URL'])
    for (const issuer of ['http://acme.okta.com', 'https://acme.okta.com/.well-known/openid-configuration', 'acme']) {
      expect(wrong({ ...signIn, HUB_CONSOLE_ISSUER: issuer })).toEqual(['HUB_CONSOLE_ISSUER'])
    }
    for (const list of [
      'owner=claim:x',
      'admin=group:x',
      'admin=claim:',
      'admin',
      'admin=email:ann',
      'admin=claim:a,',
    ]) {
      expect(wrong({ ...signIn, HUB_CONSOLE_ROLES: list })).toEqual(['HUB_CONSOLE_ROLES'])
    }
    const atAuth0 = { ...signIn, HUB_CONSOLE_ISSUER: 'https://acme.eu.auth0.com/' }
    expect(wrong(atAuth0)).toEqual(['HUB_CONSOLE_EMAIL_CONNECTION'])
    expect(wrong({ ...atAuth0, HUB_CONSOLE_EMAIL_CONNECTION: 'acme-okta' })).toEqual([])
  })

  test('a pooler before the embedded database is a warning, and none before another one', () => {
    const pooled = { ...good, HUB_DATABASE_POOLER: 'transaction' }
    const { hub, warnings } = configurationOf(pooled)
    expect(hub.HUB_DATABASE_POOLER).toBe('transaction')
    expect(warnings).toContainEqual(expect.objectContaining({ setting: 'HUB_DATABASE_POOLER' }))
    const named = configurationOf({ ...pooled, DATABASE_URL: 'postgres://hub:a@10.0.0.5:6432/hub' })
    expect(named.warnings.filter(({ setting }) => setting === 'HUB_DATABASE_POOLER')).toEqual([])
    expect(problemsOf({ ...good, HUB_DATABASE_POOLER: 'session' })).toMatchObject([{ setting: 'HUB_DATABASE_POOLER' }])
  })

  test('a comma within a secret is refused where a half is short, and a short secret alone is not (attack 16)', () => {
    for (const secrets of ['Bearer a-long-secret,x', 'short,Bearer a-long-secret', 'one,two', 'Bearer abc, 1234567']) {
      const [problem, ...others] = problemsOf({ ...good, OKTA_HOOK_SECRETS: secrets })
      expect(others).toEqual([])
      expect(problem).toMatchObject({ setting: 'OKTA_HOOK_SECRETS', what: expect.stringContaining('comma') })
      expect(problem?.what).not.toContain(secrets.slice(0, 5))
    }
    for (const secrets of ['x', 'short', 'short,', '12345678,87654321']) {
      expect(problemsOf({ ...good, OKTA_HOOK_SECRETS: secrets })).toEqual([])
    }
    const scoped = problemsOf({ ...good, LUMOS_HOOK_SECRETS: 'auth0/provision:a-secret,with-a-comma' })
    expect(scoped.map(({ setting }) => setting)).toEqual(['LUMOS_HOOK_SECRETS'])
  })

  test('hooks without anybody to ask for the truth are refused', () => {
    const { OKTA_API_TOKEN: _, ...withoutToken } = good
    expect(problemsOf(withoutToken).map(({ setting }) => setting)).toContain('OKTA_API_TOKEN')
  })

  test('a lease that two calls could outlast is refused', () => {
    const problems = problemsOf({ ...good, HUB_LEASE_SECONDS: '3', HUB_OUTBOUND_SECONDS: '2' })
    expect(problems).toMatchObject([{ setting: 'HUB_LEASE_SECONDS' }])
  })

  test('an unknown HUB_ variable is a warning and no more', () => {
    const { warnings } = configurationOf({ ...good, HUB_PORTT: '80', OTHER: 'x' })
    expect(warnings.map(({ setting }) => setting)).toEqual(['HUB_PORTT'])
  })

  test('every secret is known, to be hidden', () => {
    const { secrets } = configurationOf({ ...good, DATABASE_URL: 'postgres://user:pass@db/hub' })
    expect(secrets).toEqual(
      expect.arrayContaining([
        'token-of-acme',
        'the-new-hook-secret',
        'the-old-hook-secret',
        'client-secret',
        'postgres://user:pass@db/hub',
      ]),
    )
  })

  test('a second org is a configuration: its own source, its own authority, its own prefix', () => {
    const { sources, connectors: configured } = configurationOf({
      ...good,
      HUB_INSTANCES: 'okta_eu:okta',
      AUTH0_AUTHORITIES: 'okta,okta_eu',
      OKTA_EU_ORG_URL: 'https://acme-eu.okta.com',
      OKTA_EU_API_TOKEN: 'eu-token',
      OKTA_EU_HOOK_SECRETS: 'eu-secret',
    })
    expect(sources.map(({ id }) => id)).toEqual(['okta', 'okta_eu'])
    expect(configured.find(({ id }) => id === 'okta_eu')?.config).toMatchObject({
      OKTA_ORG_URL: 'https://acme-eu.okta.com',
    })
    const head = (secret: string) => ({ header: (name: string) => (name === 'authorization' ? secret : undefined) })
    expect(sources[1]?.authenticate?.(head('eu-secret'))).toBe(true)
    expect(sources[1]?.authenticate?.(head('the-new-hook-secret'))).toBe(false)
  })

  test('what is wrong with a second org is named by its own variables', () => {
    const problems = problemsOf({ ...good, HUB_INSTANCES: 'okta_eu:okta', OKTA_EU_ORG_URL: 'https://acme-eu.okta.com' })
    expect(problems.map(({ setting }) => setting)).toContain('OKTA_EU_HOOK_SECRETS')
    expect(problems.map(({ fix }) => fix).join()).not.toMatch(/\bOKTA_API_TOKEN/)
  })

  test('an instance of a kind that nobody knows is refused', () => {
    expect(problemsOf({ ...good, HUB_INSTANCES: 'entra:entra' })).toMatchObject([{ setting: 'HUB_INSTANCES' }])
  })

  test('a pace is read for each connector, and one under a name that is no connector is refused', () => {
    const settings = { ...good, HUB_INSTANCES: 'auth0_eu:auth0', HUB_CALLS_PER_SECOND: 'auth0:10, auth0_eu:0.5' }
    const auth0 = configurationOf(settings).connectors.filter(({ id }) => id.startsWith('auth0'))
    expect(auth0.map(({ callsPerSecond }) => callsPerSecond)).toContain(10)
    const wrong = ['aut0:10', 'auth0:fast', 'auth0:0', 'auth0']
    for (const text of wrong) {
      expect(problemsOf({ ...good, HUB_CALLS_PER_SECOND: text })).toMatchObject([{ setting: 'HUB_CALLS_PER_SECOND' }])
    }
  })

  test('a lease that is too short is told beside a port that is none, and an unknown HUB_ variable beside both', () => {
    const read = readConfiguration({ ...good, PORT: 'eighty', HUB_LEASE_SECONDS: '5', HUB_FOO: 'x' }, connectors)
    if (!('problems' in read)) throw new Error('It would start.')
    expect(read.problems.map(({ setting }) => setting)).toEqual(['PORT', 'HUB_LEASE_SECONDS'])
    expect(read.warnings.map(({ setting }) => setting)).toEqual(['HUB_FOO'])
    expect(formatProblems(read.problems, read.warnings)).toMatch(/2 problems:.*PORT.*look at them too:.*HUB_FOO/s)
  })

  test('a lease is not compared with what is no number', () => {
    const problems = problemsOf({ ...good, HUB_LEASE_SECONDS: '5', HUB_OUTBOUND_SECONDS: 'ten' })
    expect(problems.map(({ setting }) => setting)).toEqual(['HUB_OUTBOUND_SECONDS'])
  })

  test('a list of hook secrets that cannot be read is one problem, and not a lack of secrets too', () => {
    const read = readConfiguration(
      { ...good, LUMOS_HOOK_SECRETS: 'canary', PLATFORM_HOOK_SECRETS: 'canary' },
      connectors,
    )
    if (!('problems' in read)) throw new Error('It would start.')
    const { problems, warnings } = read
    expect(warnings).toEqual([])
    expect(problems.map(({ setting }) => setting)).toEqual(['LUMOS_HOOK_SECRETS', 'PLATFORM_HOOK_SECRETS'])
    expect(problems.map(({ what }) => what).join()).not.toMatch(/canary|holds no secret/)
  })

  test('every wrong entry of a list of secrets is named by its place and scope, and never quoted', () => {
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`
    const PLATFORM_SIGNING_SECRETS = `canary,relay/provision:${secret},relay/validate:canary,print/*:whsec_canary`
    const what = problemsOf({ ...good, PLATFORM_SIGNING_SECRETS }).map((problem) => problem.what)
    expect(what).toEqual([
      expect.stringMatching(/^has an entry, number 1, that is not <connector>/),
      'has an entry, number 3 (relay/validate), whose secret is not whsec_ and 24 to 64 bytes in base64',
      'has an entry, number 4 (print/*), whose secret is not whsec_ and 24 to 64 bytes in base64',
    ])
    expect(what.join()).not.toContain('canary')
  })

  test('a hook secret that can be guessed is a warning, whatever its scope is', () => {
    const { warnings } = configurationOf({ ...good, LUMOS_HOOK_SECRETS: 'auth0/deprovision:plat', HUB_INSTANCES: '' })
    expect(warnings).toMatchObject([{ setting: 'LUMOS_HOOK_SECRETS', what: expect.stringContaining('guessed') }])
    expect(configurationOf(good).warnings).toEqual([])
  })
})

describe('the id of a connector', () => {
  const [okta] = connectors
  const withIds = (...ids: unknown[]): Connector[] => [
    ...connectors,
    ...ids.map((id) => ({ id }) as unknown as Connector),
  ]
  const whatOf = (...ids: unknown[]) => {
    const read = readConfiguration(good, withIds(...ids))
    return 'problems' in read ? read.problems.map(({ setting, what }) => `${setting} ${what}`) : []
  }

  test.each([
    ['okta', /two connectors with the id "okta"/],
    ['Time Clock', /id "Time Clock": an id is lower case/],
    [undefined, /lists a connector without an id/],
    ['', /lists a connector without an id/],
    [7, /lists a connector without an id/],
    ['lumos', /"lumos": that is a source/],
    ['platform', /"platform": that is a source/],
    ['doctor', /"doctor": that is a command/],
    ['events', /"events": that is how a secret/],
    ['hub', /begin with HUB_, and those are the hub's own/],
    ['hub-clock', /begin with HUB_CLOCK_, and those are the hub's own/],
    ['database', /begin with DATABASE_/],
    [`a${'b'.repeat(40)}`, /40 letters at most/],
  ])('%j keeps the hub from starting', (id, says) => {
    expect(whatOf(id)).toEqual([expect.stringMatching(says)])
  })

  test('is taken when another one’s settings would have the same names', () => {
    expect(whatOf('time-clock')).toEqual([])
    expect(whatOf('time-clock', 'time_clock')).toEqual([expect.stringMatching(/"time_clock" beside "time-clock"/)])
  })

  test('that is wrong is reported together with every other problem', () => {
    const read = readConfiguration({ ...good, PORT: 'eighty', AUTH0_BLOCK: 'perhaps' }, [
      ...withIds('hub', undefined),
      okta as Connector,
    ])
    const problems = 'problems' in read ? read.problems : []
    expect(problems.map(({ setting }) => setting)).toEqual([
      ...Array(3).fill('connectors/index.ts'),
      ...['PORT', 'AUTH0_BLOCK'],
    ])
    for (const { fix } of problems) expect(fix.length).toBeGreaterThan(10)
  })

  test.each(['doctor', 'auth0', 'lumos', 'hub_eu'])('"%s" is no name for a further instance either', (id) => {
    expect(problemsOf({ ...good, HUB_INSTANCES: `${id}:okta` })).toContainEqual(
      expect.objectContaining({ setting: 'HUB_INSTANCES', what: expect.stringContaining(`"${id}"`) }),
    )
  })

  test('is none of the commands', () => {
    expect([...commandTable.map(({ name }) => name), 'help'].toSorted()).toEqual(commandWords.toSorted())
  })
})
