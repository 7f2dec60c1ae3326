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

  describe('access with an end', () => {
    const past = new Date(Date.now() - 1_000).toISOString()
    const future = new Date(Date.now() + 60_000).toISOString()
    const membership = (until: unknown) => ({ kind: 'organization', id: 'org_a', name: 'a', until, for: {} })
    const role = (name: string, until: unknown, organization?: string) => ({
      kind: 'role',
      id: `rol_${name}`,
      name,
      until,
      ...(organization ? { organization } : {}),
    })
    const withNotes = (notes: unknown, rest: Record<string, unknown> = {}) => ({
      user: { app_metadata: { okta_grants: notes } },
      ...rest,
    })
    const inA = { organization: { id: 'org_a', name: 'a' } }

    /** The claims of both tokens after a login, which is let in. */
    async function claims(event: unknown, broken = false): Promise<unknown> {
      const set: unknown[] = []
      const setter = (token: string) => (claim: string, value: unknown) => {
        if (broken) throw new Error('no such method')
        set.push([token, claim, value])
      }
      const api = { idToken: { setCustomClaim: setter('id') }, accessToken: { setCustomClaim: setter('access') } }
      expect(await denials(event, api)).toEqual([])
      return set
    }
    const rolesEvent = (notes: unknown, rest: Record<string, unknown> = {}) =>
      withNotes(notes, {
        secrets: { ROLES_CLAIM: 'https://acme.test/roles' },
        authorization: { roles: ['Billing', 'Support'] },
        ...rest,
      })
    const both = (...roles: string[]) => [
      ['id', 'https://acme.test/roles', roles],
      ['access', 'https://acme.test/roles', roles],
    ]

    it('lets nobody in through an organization after its end, with the same neutral text', async () => {
      const [given] = await denials(withNotes([membership(past)], inA))
      expect(given).toEqual([expect.stringContaining('not active')])
      expect(
        await denials(withNotes([membership(past)], { ...inA, transaction: { protocol: 'oauth2-refresh-token' } })),
      ).toHaveLength(1)
    })

    it.each([
      ['before the end', withNotes([membership(future)], inA)],
      ['without an end', withNotes([membership(null)], inA)],
      ['through another organization', withNotes([membership(past)], { organization: { id: 'org_b' } })],
      ['through no organization', withNotes([membership(past)])],
      ['when a role in it alone is over', withNotes([role('Billing', past, 'org_a')], inA)],
    ])('lets in %s', async (_, event) => {
      expect(await denials(event)).toEqual([])
    })

    it('ends no session for an organization that is over: the rest of the access stands', async () => {
      let ended = 0
      await denials(withNotes([membership(past)], inA), { session: { revoke: () => ++ended } })
      expect(ended).toBe(0)
    })

    it('writes the roles into both tokens, without those that are over', async () => {
      expect(await claims(rolesEvent(undefined))).toEqual(both('Billing', 'Support'))
      expect(await claims(rolesEvent([role('Billing', future)]))).toEqual(both('Billing', 'Support'))
      expect(await claims(rolesEvent([role('Billing', past), role('Support', future)]))).toEqual(both('Support'))
      expect(await claims(rolesEvent([role('Billing', past), role('Support', past)]))).toEqual(both())
    })

    it('tells the roles within an organization from the tenant-wide ones of the same name', async () => {
      expect(await claims(rolesEvent([role('Billing', past)], inA))).toEqual(both('Billing', 'Support'))
      expect(await claims(rolesEvent([role('Billing', past, 'org_a')]))).toEqual(both('Billing', 'Support'))
      expect(await claims(rolesEvent([role('Billing', past, 'org_a')], inA))).toEqual(both('Support'))
    })

    it('writes no claim without ROLES_CLAIM, and none where Auth0 tells no roles', async () => {
      expect(await claims(rolesEvent([role('Billing', past)], { secrets: {} }))).toEqual([])
      expect(await claims(rolesEvent([role('Billing', past)], { secrets: { ROLES_CLAIM: '' } }))).toEqual([])
      expect(await claims(rolesEvent([], { authorization: undefined }))).toEqual([])
      expect(await claims(rolesEvent([role('Billing', past)]), true)).toEqual([])
    })

    it('reads its notes beside the key that METADATA_KEY names', async () => {
      const secrets = { METADATA_KEY: 'idp' }
      const user = { app_metadata: { idp_grants: [membership(past)] } }
      expect(await denials({ secrets, user, ...inA })).toHaveLength(1)
      expect(await denials({ ...withNotes([membership(past)], inA), secrets })).toEqual([])
    })

    it('is closed on the flag whatever the notes are', async () => {
      for (const notes of [[membership(future)], 'x', throwing('filter'), [null], [throwing('until')]]) {
        const user = { app_metadata: { okta: { deactivated: true }, okta_grants: notes } }
        expect(await denials({ user, ...inA })).toHaveLength(1)
      }
    })

    it.each([
      ['no list', 'x'],
      ['a list of other things', [null, 7, 'x', {}, [], throwing('until')]],
      ['an end that is no text', [membership(0), membership(2000), membership(true), membership({})]],
      ['an end that is no time', [membership('soon'), membership('')]],
      ['a throwing list', throwing('filter')],
    ])('is open on notes that it cannot read: %s', async (_, notes) => {
      expect(await denials(withNotes(notes, inA))).toEqual([])
    })

    it('never throws, and denies exactly when a membership of this organization is over, on any shape', async () => {
      const until = fc.oneof(fc.constantFrom<unknown>(past, future, null, 'soon'), fc.anything())
      const kind = fc.oneof(fc.constantFrom<unknown>('organization', 'role'), fc.anything())
      const id = fc.oneof(fc.constantFrom<unknown>('org_a', 'org_b'), fc.anything())
      const entry = fc.oneof({ weight: 4, arbitrary: fc.record({ kind, id, until }) }, fc.anything())
      const notes = fc.oneof({ weight: 4, arbitrary: fc.array(entry, { maxLength: 4 }) }, fc.anything())
      const rest = fc.record({
        organization: fc.constantFrom(inA.organization, undefined),
        authorization: fc.anything(),
        secrets: fc.anything(),
      })
      await fc.assert(
        fc.asyncProperty(notes, rest, async (given, { secrets, ...event }) => {
          const isOver = (one: { kind?: unknown; id?: unknown; until?: unknown } | null | undefined) =>
            one?.kind === 'organization' &&
            one.id === 'org_a' &&
            typeof one.until === 'string' &&
            Date.parse(one.until) <= Date.now()
          const expected = event.organization && Array.isArray(given) && given.some(isOver)
          const named = (secrets as { METADATA_KEY?: unknown } | null | undefined)?.METADATA_KEY
          fc.pre(typeof named !== 'string' || named === '')
          expect(await denials(withNotes(given, { ...event, secrets }))).toHaveLength(expected ? 1 : 0)
        }),
        { numRuns: 2_000 },
      )
    })
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
