import { expect, test } from 'vitest'
import { startGitHubBench } from '../../test/connectors/github-bench.ts'

const summary = (checks: { name: string; status: string }[]) => checks.map(({ name, status }) => `${status}: ${name}`)

test('the doctor finds the credential, the teams and their roles in order', async () => {
  await using bench = await startGitHubBench()
  expect(summary(await bench.doctor())).toEqual([
    'ok: GitHub acme',
    'ok: GitHub team acme/platform',
    'ok: GitHub team roles in acme',
    'ok: GitHub logins',
  ])
  expect(bench.writes()).toEqual([])
})

test('the doctor finds a wrong token, and does not repeat it', async () => {
  await using bench = await startGitHubBench({ settings: { GITHUB_TOKEN: 'github_pat_stale_secret' } })
  const checks = await bench.doctor()
  expect(summary(checks)).toEqual(['problem: GitHub acme', 'ok: GitHub logins'])
  expect(JSON.stringify(checks)).not.toContain('stale_secret')
})

test('the doctor finds a token that sees no members, and an organization that is not there', async () => {
  const tokens = [{ token: 'github_pat_blind', permissions: { members: 'none' as const } }]
  await using blind = await startGitHubBench({ tenant: { tokens } })
  expect(summary(await blind.doctor())).toContain('problem: GitHub acme')
  await using elsewhere = await startGitHubBench({ settings: { GITHUB_GRANTS: '{"github": "org:elsewhere"}' } })
  expect(summary(await elsewhere.doctor())).toContain('problem: GitHub elsewhere')
})

test('the doctor finds teams of the allow-list that are not there, or administer', async () => {
  const grants = { app: { a: 'team:acme/no-such', b: 'team:acme/security' } }
  await using bench = await startGitHubBench({ settings: { GITHUB_GRANTS: JSON.stringify(grants) } })
  const checks = await bench.doctor()
  expect(summary(checks)).toEqual(
    expect.arrayContaining(['problem: GitHub team acme/no-such', 'problem: GitHub team roles in acme']),
  )
  expect(JSON.stringify(checks)).toContain('security (security_manager)')
})

test('the doctor says that nobody can be given a team while roles cannot be read', async () => {
  const tokens = [{ token: 'github_pat_x', permissions: { organization_custom_org_roles: 'none' as const } }]
  await using bench = await startGitHubBench({ tenant: { tokens } })
  expect(summary(await bench.doctor())).toContain('problem: GitHub team roles in acme')
})

test('the doctor warns of names in the map, of invitations without a trace, and of an empty list', async () => {
  await using named = await startGitHubBench({ settings: { GITHUB_LOGINS: '{"a@acme.example": "ada-k"}' } })
  expect(summary(await named.doctor())).toContain('warning: GitHub logins')
  await using inviting = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'map,invite' } })
  expect(summary(await inviting.doctor())).toContain('warning: GitHub logins')
  await using nothing = await startGitHubBench({ settings: { GITHUB_GRANTS: '{}' } })
  expect(summary(await nothing.doctor())).toEqual(['warning: GitHub grants', 'ok: GitHub logins'])
  expect(nothing.tenant.calls).toEqual([])
})
