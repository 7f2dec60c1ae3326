import { afterEach, expect, test } from 'vitest'
import { startGitHubTenant } from '../../lab/simulators/github/server.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { eventually } from '../support/eventually.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { inlineSecret, lumosBody } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, setStage } from '../support/stage.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const day = 24 * 60 * 60

const later: TestHub[] = []
afterEach(async () => {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
})

async function start() {
  const github = await startGitHubTenant({
    accounts: [{ login: 'acme-owner' }, { login: 'lena-p' }],
    organizations: [
      { login: 'acme', members: [{ login: 'acme-owner', role: 'admin' }], teams: [{ slug: 'platform' }] },
    ],
  })
  const settings = {
    LUMOS_HOOK_SECRETS: `github/*:${inlineSecret}`,
    GITHUB_BASE_URL: github.url,
    GITHUB_TOKEN: github.token,
    GITHUB_GRANTS: JSON.stringify({ crm: { member: 'org:acme', platform: 'team:acme/platform' } }),
    GITHUB_FIND_LOGIN: 'map,invite',
  }
  const stage = await setStage({ db, settings })
  const acme = () => github.directory.organization('acme')
  const hubAfter = async (seconds: number) => {
    for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
    await Promise.resolve(stage.hub[Symbol.asyncDispose]()).catch(() => {})
    await passTime(db.sql, seconds)
    const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 }
    const upkeep = { resync: false, verify: { searchDays: 90 }, timing }
    const hub = await startHub({ db, tenants: stage.tenants, settings, upkeep })
    later.push(hub)
    await eventually(async () => {
      const [row] =
        await db.sql`select count(*)::int as open from hub.verification where due_at <= now() or asked_at is not null`
      expect(row?.open).toBe(0)
    })
    return hub
  }
  const ask = ({ url }: { url: string }, permissions: string[]) =>
    fetch(`${url}/hooks/lumos/github/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: inlineSecret },
      body: JSON.stringify(lumosBody({ app: 'crm', permissions, length: 28_800 })),
    })
  return {
    ...{ stage, github, acme, hubAfter, ask },
    async [Symbol.asyncDispose]() {
      await Promise.resolve(stage[Symbol.asyncDispose]()).catch(() => {})
      await github.close()
    },
  }
}

const grants = () => db.sql`
  select end_reason as reason, ended_at is not null as over, invited_at is not null as invited from hub.access_grant order by granted_at, id`

test.each([['member'], ['platform']])(
  "an invitation to GitHub's %s that nobody took up ends its grant, and the same request invites anew (case 26)",
  async (permission) => {
    await using scene = await start()
    expect((await scene.ask(scene.stage.hub, [permission])).status).toBe(204)
    expect(scene.acme().invitations).toMatchObject([{ email: LENA.email }])
    expect(await grants()).toMatchObject([{ over: false, invited: true }])

    await scene.hubAfter(day)
    expect(await grants()).toMatchObject([{ over: false, invited: true }])

    // GitHub drops an invitation after seven days.
    scene.acme().invitations = []
    const hub = await scene.hubAfter(7 * day)
    expect(await grants()).toMatchObject([{ over: true, reason: expect.stringContaining('never came to be') }])
    expect((await scene.ask(hub, [permission])).status).toBe(204)
    expect(scene.acme().invitations).toMatchObject([{ email: LENA.email }])
    expect((await grants()).filter(({ over }) => !over)).toMatchObject([{ invited: true }])
  },
)
