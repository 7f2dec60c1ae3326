import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CredentialError, ObjectRefusedError, PermanentError, RetryAfterError, TimeoutError } from '../../src/index.ts'
import { startGitHubBench } from '../../test/connectors/github-bench.ts'
import { everythingIn, thrownBy } from '../../test/connectors/inline-context.ts'

const org = 'org:acme'
const platform = 'team:acme/platform'
const membership = '/orgs/acme/memberships/ada-k'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const app = { GITHUB_APP_ID: '77', GITHUB_APP_PRIVATE_KEY: keys.privateKey }
const installed = { apps: [{ appId: 77, publicKey: keys.publicKey, installedIn: ['acme'] }] }

describe('a list of several pages', () => {
  test('is read to its end though a page is short: an invitation on the next one is seen (case 23)', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'map,invite' } })
    await bench.provision([org])
    const next = `<${bench.tenant.url}/orgs/acme/invitations?per_page=100&page=2>; rel="next"`
    const headers: [string, string][] = [
      ['content-type', 'application/json'],
      ['link', next],
    ]
    const whole = await fetch(`${bench.tenant.url}/orgs/acme/invitations`, {
      headers: { authorization: `Bearer ${bench.tenant.token}` },
    })
    const body = await whole.text()
    const path = '/orgs/acme/invitations'
    bench.tenant.misbehave({ method: 'GET', path, times: 1, answer: { status: 200, body: '[]', headers } })
    bench.tenant.misbehave({
      method: 'GET',
      path,
      times: 1,
      answer: { status: 200, body, headers: headers.slice(0, 1) },
    })
    expect(await bench.has([org])).toEqual([org])
  })

  test('is no list to its end when its second page fails (case 23)', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'map,invite' } })
    const path = '/orgs/acme/invitations'
    const full = JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id: id + 1, role: 'direct_member' })))
    const headers: [string, string][] = [['content-type', 'application/json']]
    bench.tenant.misbehave({ method: 'GET', path, times: 1, answer: { status: 200, body: full, headers } })
    bench.tenant.misbehave({ method: 'GET', path, status: 502 })
    expect(await thrownBy(bench.has([org]))).toBeInstanceOf(Error)
  })
})

describe('when GitHub refuses', () => {
  test('a wrong token is a wrong credential, and is repeated nowhere', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_TOKEN: 'github_pat_stale_secret' } })
    for (const call of [bench.provision, bench.deprovision, bench.has]) {
      const error = await thrownBy(call([org]))
      expect(error).toBeInstanceOf(CredentialError)
      expect(everythingIn(error)).not.toContain('stale_secret')
    }
  })

  test('a token without the right to write is refused here, and may be good elsewhere', async () => {
    const tokens = [{ token: 'github_pat_reader', permissions: { members: 'read' as const } }]
    await using bench = await startGitHubBench({ tenant: { tokens } })
    expect(await thrownBy(bench.provision([org]))).toBeInstanceOf(ObjectRefusedError)
  })

  test('a 404 in place of a write is permanent', async () => {
    await using bench = await startGitHubBench()
    bench.tenant.misbehave({ method: 'PUT', status: 404 })
    expect(await thrownBy(bench.provision([org]))).toBeInstanceOf(PermanentError)
  })
})

describe('when GitHub asks to wait', () => {
  test.each([
    ['a secondary limit, 403 with retry-after', 403],
    ['a primary limit, 429 with its reset', 429],
  ])('%s says when to come back', async (_, status) => {
    await using bench = await startGitHubBench()
    bench.tenant.misbehave({ method: 'PUT', status, resetSeconds: 40 })
    const error = await thrownBy(bench.provision([org]))
    expect(error).toBeInstanceOf(RetryAfterError)
    const seconds = error instanceof RetryAfterError ? error.retryAfterSeconds : 0
    expect(seconds).toBeGreaterThanOrEqual(39)
    expect(seconds).toBeLessThanOrEqual(42)
    expect(bench.writes()).toHaveLength(1)
  })
})

describe('when the way to GitHub is bad', () => {
  test('a 500 is weather, and the next attempt finishes what was half done', async () => {
    await using bench = await startGitHubBench()
    bench.tenant.misbehave({ method: 'PUT', path: '/orgs/acme/teams', status: 500, times: 1 })
    const error = await thrownBy(bench.provision([org, platform]))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
    expect(await bench.has([org, platform])).toEqual([org])
    await bench.provision([org, platform])
    expect(await bench.has([org, platform])).toEqual([org, platform])
  })

  test('a read on a cut line is asked again within the attempt', async () => {
    await using bench = await startGitHubBench()
    bench.tenant.misbehave({ path: membership, method: 'GET', cut: 'before', times: 2 })
    expect(await bench.has([org])).toEqual([])
  })

  test('a write that was cut off is not repeated blindly, and was done or not', async () => {
    await using bench = await startGitHubBench()
    bench.tenant.misbehave({ method: 'PUT', cut: 'after', times: 1 })
    expect(await thrownBy(bench.provision([org]))).toBeInstanceOf(Error)
    expect(bench.writes()).toHaveLength(1)
    expect(await bench.has([org])).toEqual([org])
  })

  test.each([
    ['list of invitations', '/orgs/acme/invitations'],
    ['answer about identities', '/graphql'],
  ])('half a %s is not read as nobody', async (_, path) => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'saml' } })
    await bench.provision([org])
    bench.tenant.misbehave({ path, cut: 'midway' })
    expect(await thrownBy(bench.has([org]))).toBeInstanceOf(Error)
    expect(await thrownBy(bench.deprovision([org]))).toBeInstanceOf(Error)
  })

  test('an answer that does not come is given up at the hub’s limit', async () => {
    await using bench = await startGitHubBench({ timeoutSeconds: 0.2 })
    bench.tenant.misbehave({ path: '/orgs/acme/invitations', lateMs: 2_000 })
    expect(await thrownBy(bench.has([org]))).toBeInstanceOf(TimeoutError)
  })

  test.each(['/graphql', membership, '/orgs/acme/teams/platform', '/access_tokens'])(
    'nothing more goes out once the lane is lost during %s',
    async (path) => {
      const lost = new AbortController()
      const sent: string[] = []
      const onCall = (url: string) => {
        sent.push(url)
        if (url.endsWith(path)) setTimeout(() => lost.abort(new Error('the lease has ended')), 50)
      }
      await using bench = await startGitHubBench({ tenant: installed, settings: app, onCall })
      bench.tenant.misbehave({ path: new RegExp(`${path}$`), delayMs: 200 })
      expect(await thrownBy(bench.provision([org, platform], { signal: lost.signal }))).toBeInstanceOf(Error)
      expect(lost.signal.aborted).toBe(true)
      expect(bench.writes()).toEqual([])
      expect(sent.at(-1)).toMatch(new RegExp(`${path}$`))
    },
  )
})

describe('a GitHub App', () => {
  test('works with the token of its installation, and asks for it once', async () => {
    await using bench = await startGitHubBench({ tenant: installed, settings: app })
    await bench.provision([org])
    expect(await bench.has([org])).toEqual([org])
    const asked = bench.tenant.calls.filter(({ path }) => path.endsWith('/access_tokens'))
    expect(asked).toHaveLength(1)
  })

  test('with another key is a wrong credential', async () => {
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const settings = { ...app, GITHUB_APP_PRIVATE_KEY: other.privateKey }
    await using bench = await startGitHubBench({ tenant: installed, settings })
    const error = await thrownBy(bench.provision([org]))
    expect(error).toBeInstanceOf(CredentialError)
    expect(everythingIn(error)).not.toContain('PRIVATE KEY-----')
  })

  test('with something that is no key is a wrong credential', async () => {
    const settings = { ...app, GITHUB_APP_PRIVATE_KEY: 'not a key' }
    await using bench = await startGitHubBench({ tenant: installed, settings })
    const error = await thrownBy(bench.provision([org]))
    expect(error).toBeInstanceOf(CredentialError)
    expect(String(error)).toContain('GITHUB_APP_PRIVATE_KEY')
  })

  test('that is not installed in an organization says so', async () => {
    await using bench = await startGitHubBench({ tenant: installed, settings: app })
    const error = await thrownBy(bench.provision(['org:elsewhere']))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('elsewhere')
  })

  test('whose token was revoked is a wrong credential', async () => {
    await using bench = await startGitHubBench({ tenant: installed, settings: app })
    await bench.provision([org])
    bench.tenant.credentials.revokeAll()
    expect(await thrownBy(bench.has([org]))).toBeInstanceOf(CredentialError)
  })
})
