import { describe, expect, it } from 'vitest'
import { database, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'
import { config } from '../tenant/config.ts'

const fed = `okta|acme-okta|${janeId}`
const users = [
  { connection: 'acme-okta', id: janeId, email: 'jane.doe@acme.example' },
  { connection: database, id: 'jane', email: 'jane.doe@acme.example' },
]
const connections = { AUTH0_OKTA_CONNECTIONS: 'acme-okta' }
const scim = { ...connections, AUTH0_BLOCK_OWNER: 'scim' }

/** Jane's two users as they stand: flagged, and blocked. */
async function start(settings: Record<string, string>) {
  const bench = await startBench({ tenant: { users }, settings })
  const look = (id: string) => {
    const { app_metadata, blocked = false } = bench.tenant.users.get(id)
    return { flagged: (app_metadata.okta as { deactivated?: boolean } | undefined)?.deactivated ?? false, blocked }
  }
  return {
    bench,
    look,
    scimSets: (blocked: boolean) => void bench.tenant.users.patch(fed, { blocked }),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  }
}

describe('SCIM beside the hub', () => {
  it.each([{ settings: connections }, { settings: scim }])(
    'that blocked first is left to unblock, with $settings (kind 16)',
    async ({ settings }) => {
      await using given = await start(settings)
      given.scimSets(true)
      await given.bench.run(person('deny'))
      expect(given.look(fed)).toEqual({ flagged: true, blocked: true })
      await given.bench.run(person('allow'))
      expect(given.look(fed)).toEqual({ flagged: false, blocked: true })
      given.scimSets(false)
      expect(given.look(fed)).toEqual({ flagged: false, blocked: false })
      // What SCIM does not reach is the hub's own.
      expect(given.look('auth0|jane')).toEqual({ flagged: false, blocked: false })
    },
  )

  it('that unblocks a suspended person has the block set again when the hub owns it, and the flag held (kind 16)', async () => {
    await using given = await start(connections)
    await given.bench.run(person('deny', { status: 'SUSPENDED' }))
    given.scimSets(false)
    expect(given.look(fed)).toEqual({ flagged: true, blocked: false })
    await given.bench.run(person('deny', { status: 'SUSPENDED' }))
    expect(given.look(fed)).toEqual({ flagged: true, blocked: true })
    await given.bench.run(person('allow'))
    expect(given.look(fed)).toEqual({ flagged: false, blocked: false })
  })

  it('that unblocks a suspended person is not fought when it owns the block, and the flag holds (kind 16)', async () => {
    await using given = await start(scim)
    await given.bench.run(person('deny', { status: 'SUSPENDED' }))
    expect(given.look(fed)).toEqual({ flagged: true, blocked: false })
    expect(given.look('auth0|jane')).toEqual({ flagged: true, blocked: true })
    given.scimSets(true)
    given.scimSets(false)
    expect((await given.bench.plan(person('deny', { status: 'SUSPENDED' }))).changes).toEqual([])
    expect(given.look(fed)).toEqual({ flagged: true, blocked: false })
  })

  it('owns the block only where a connection is named (kind 16)', () => {
    const base = {
      AUTH0_DOMAIN: 'a.example',
      AUTH0_CLIENT_ID: 'a',
      AUTH0_CLIENT_SECRET: 'b',
      AUTH0_BLOCK_OWNER: 'scim',
    }
    expect(config.safeParse(base).error?.issues[0]?.path).toEqual(['AUTH0_BLOCK_OWNER'])
    expect(config.safeParse({ ...base, ...scim }).success).toBe(true)
  })
})
