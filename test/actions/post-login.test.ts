import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const code = readFileSync(new URL('../../actions/post-login/code.js', import.meta.url), 'utf8')
const manifest = JSON.parse(readFileSync(new URL('../../actions/post-login.json', import.meta.url), 'utf8'))

type Handler = (event: unknown, api: unknown) => Promise<unknown>

/** The deployed file in a room with nothing in it: no require, no process, no fetch. */
function loadAction(): Handler {
  const module = { exports: {} as { onExecutePostLogin?: Handler } }
  runInContext(code, createContext({ module, exports: module.exports }))
  const handler = module.exports.onExecutePostLogin
  if (!handler) throw new Error('the Action exports no onExecutePostLogin')
  return handler
}

const action = loadAction()

async function denials(event: unknown, api: Record<string, unknown> = {}): Promise<unknown[][]> {
  const calls: unknown[][] = []
  await action(event, { access: { deny: (...given: unknown[]) => calls.push(given) }, ...api })
  return calls
}

const throwing = (name: string) =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new Error('a getter that throws')
    },
  })

describe('the post-login Action', () => {
  it.each([
    ['app_metadata, true', { app_metadata: { okta: { deactivated: true } } }],
    ['app_metadata, "true"', { app_metadata: { okta: { deactivated: 'true' } } }],
    ['user_metadata, true', { user_metadata: { okta: { deactivated: true } } }],
    ['user_metadata, "true"', { user_metadata: { okta: { deactivated: 'true' } } }],
  ])('denies on the flag in %s', async (_, user) => {
    expect(await denials({ user })).toHaveLength(1)
  })

  it('denies with one argument, a text that gives no reason away', async () => {
    const [given] = await denials({ user: { app_metadata: { okta: { deactivated: true } } } })
    expect(given).toHaveLength(1)
    expect(String(given?.[0])).not.toMatch(/deactivat|okta|offboard|terminat/i)
  })

  it.each([
    ['no metadata', {}],
    ['false', { app_metadata: { okta: { deactivated: false } } }],
    ['"false"', { user_metadata: { okta: { deactivated: 'false' } } }],
    ['1', { app_metadata: { okta: { deactivated: 1 } } }],
    ['a flag beside the key', { app_metadata: { deactivated: true } }],
    ['a flag under another key', { app_metadata: { other: { deactivated: true } } }],
  ])('lets in on %s', async (_, user) => {
    expect(await denials({ user })).toEqual([])
  })

  it('keeps the app_metadata flag closed whatever the user wrote into user_metadata', async () => {
    const flagged = { app_metadata: { okta: { deactivated: true } } }
    for (const user_metadata of [throwing('okta'), { okta: { deactivated: false } }, null, 'x', { okta: null }]) {
      expect(await denials({ user: { ...flagged, user_metadata } })).toHaveLength(1)
    }
  })

  it('reads the key that the secret METADATA_KEY names, and that one alone', async () => {
    const secrets = { METADATA_KEY: 'idp' }
    expect(await denials({ secrets, user: { app_metadata: { idp: { deactivated: true } } } })).toHaveLength(1)
    expect(await denials({ secrets, user: { app_metadata: { okta: { deactivated: true } } } })).toEqual([])
  })

  it('denies at a refresh-token exchange and at a silent login as at any other', async () => {
    const user = { app_metadata: { okta: { deactivated: true } } }
    expect(await denials({ user, transaction: { protocol: 'oauth2-refresh-token' } })).toHaveLength(1)
    expect(await denials({ user, request: { query: { prompt: 'none' } } })).toHaveLength(1)
  })

  it('ends the session where the plan offers that, and denies all the same when it fails', async () => {
    const user = { app_metadata: { okta: { deactivated: true } } }
    let ended = 0
    expect(await denials({ user }, { session: { revoke: () => ++ended } })).toHaveLength(1)
    expect(ended).toBe(1)
    const failing = () => {
      throw new Error('not on this plan')
    }
    expect(await denials({ user }, { session: { revoke: failing } })).toHaveLength(1)
    expect(await denials({ user }, { session: throwing('revoke') })).toHaveLength(1)
    expect(await denials({ user }, { session: { revoke: true } })).toHaveLength(1)
  })

  it('leaves refresh tokens to the hub, and the session out of a refresh-token exchange', async () => {
    const user = { app_metadata: { okta: { deactivated: true } } }
    const revoked: unknown[][] = []
    const session = { revoke: (...given: unknown[]) => revoked.push(given) }
    await denials({ user }, { session })
    expect(revoked).toEqual([[expect.any(String), { preserveRefreshTokens: true }]])
    await denials({ user, transaction: { protocol: 'oauth2-refresh-token' } }, { session })
    expect(revoked).toHaveLength(1)
  })

  it('does not end the session of a person who may log in', async () => {
    let ended = 0
    await denials({ user: {} }, { session: { revoke: () => ++ended } })
    expect(ended).toBe(0)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a throwing user', throwing('user')],
    ['throwing metadata', { user: throwing('app_metadata') }],
    ['a throwing flag', { user: { app_metadata: { okta: throwing('deactivated') } } }],
    ['throwing secrets', throwing('secrets')],
  ])('is open on its own trouble: %s', async (_, event) => {
    expect(await denials(event)).toEqual([])
  })

  it('never throws, and denies exactly when a flag is up, on any shape', async () => {
    const flag = fc.oneof(fc.constantFrom<unknown>(true, 'true', false, 'false', null, 1), fc.anything())
    const entry = fc.oneof(fc.record({ deactivated: flag }), fc.anything())
    const metadata = fc.oneof(fc.record({ okta: entry }), fc.anything())
    const user = fc.oneof(fc.record({ app_metadata: metadata, user_metadata: metadata }), fc.anything())
    const isUp = (value: unknown) => value === true || value === 'true'
    await fc.assert(
      fc.asyncProperty(user, async (given) => {
        const shape = given as { [name: string]: { okta?: { deactivated?: unknown } } | null } | null | undefined
        const expected = isUp(shape?.app_metadata?.okta?.deactivated) || isUp(shape?.user_metadata?.okta?.deactivated)
        expect((await denials({ user: given })).length).toBe(expected ? 1 : 0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('fits into Auth0: no imports, under 100 kB, the manifest names this very file', () => {
    expect(code).not.toMatch(/\brequire\s*\(|\bimport\b\s*[({'"]/)
    expect(Buffer.byteLength(code)).toBeLessThan(100_000)
    expect(manifest).toMatchObject({
      code: './actions/post-login/code.js',
      runtime: 'node22',
      supported_triggers: [{ id: 'post-login', version: 'v3' }],
    })
  })
})
