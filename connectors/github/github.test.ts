import { describe, expect, test } from 'vitest'
import { invoke, PermanentError } from '../../src/index.ts'
import { acme, startGitHubBench } from '../../test/connectors/github-bench.ts'
import { adaEmail, thrownBy } from '../../test/connectors/inline-context.ts'
import github from './index.ts'

const org = 'org:acme'
const platform = 'team:acme/platform'
const byInvitation = { GITHUB_FIND_LOGIN: 'map,saml,invite' }
const newcomer = { email: 'new.comer@acme.example' }

const accept = (bench: Awaited<ReturnType<typeof startGitHubBench>>, login: string) => {
  const [invitation] = bench.tenant.directory.organization('acme').invitations
  if (!invitation) throw new Error('nobody was invited')
  bench.tenant.directory.accept('acme', invitation.id, login)
}

describe('a grant', () => {
  test('makes a plain member of the organization and of the team, who counts as had before accepting', async () => {
    await using bench = await startGitHubBench()
    expect(await bench.has([org, platform])).toEqual([])
    await bench.provision([org, platform])
    expect(await bench.has([org, platform])).toEqual([org, platform])
    accept(bench, 'ada-k')
    expect(await bench.has([org, platform])).toEqual([org, platform])
    expect(bench.tenant.directory.organization('acme').members.get('ada-k')?.role).toBe('member')
    expect(bench.tenant.directory.organization('acme').teams.get('platform')?.members.get('ada-k')).toBe('member')
  })

  test('that is repeated changes nothing', async () => {
    await using bench = await startGitHubBench()
    await bench.provision([org, platform])
    accept(bench, 'ada-k')
    const before = bench.writes().length
    await bench.provision([org, platform])
    expect(bench.writes()).toHaveLength(before)
  })

  test('demotes neither an owner nor a maintainer', async () => {
    await using bench = await startGitHubBench({
      settings: {
        GITHUB_FIND_LOGIN: 'map',
        GITHUB_LOGINS: '{"boss@acme.example": "acme-owner", "omar@acme.example": "omar-dev"}',
      },
    })
    await bench.provision([org], { email: 'boss@acme.example' })
    await bench.provision([org, platform], { email: 'omar@acme.example' })
    expect(bench.writes()).toEqual([])
    expect(bench.tenant.directory.organization('acme').members.get('acme-owner')?.role).toBe('admin')
  })

  test('of a team that is not there is refused before anything is written', async () => {
    await using bench = await startGitHubBench()
    const error = await thrownBy(bench.provision([org, 'team:acme/no-such']))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('acme/no-such')
    expect(bench.writes()).toEqual([])
  })

  test.each([
    ['itself', 'team:acme/security'],
    ['by its parent team', 'team:acme/security-oncall'],
  ])('of a team that administers %s is refused', async (_, target) => {
    const teams = [...(acme.teams ?? []), { slug: 'security-oncall', parent: 'security' }]
    await using bench = await startGitHubBench({ tenant: { organizations: [{ ...structuredClone(acme), teams }] } })
    const error = await thrownBy(bench.provision([org, target]))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('security_manager')
    expect(bench.writes()).toEqual([])
  })

  test('of any team is refused while its roles cannot be read, though an old setting says not to look, and the right is named', async () => {
    const tokens = [{ token: 'github_pat_x', permissions: { organization_custom_org_roles: 'none' as const } }]
    await using bench = await startGitHubBench({ tenant: { tokens }, settings: { GITHUB_CHECK_TEAM_ROLES: 'false' } })
    const error = await thrownBy(bench.provision([org, platform]))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('"Custom organization roles: read"')
    expect(bench.writes()).toEqual([])
    await bench.provision([org])
    expect(await bench.has([org])).toEqual([org])
  })

  test('to somebody who is invited to be an owner is refused', async () => {
    await using bench = await startGitHubBench()
    const { directory } = bench.tenant
    directory.inviteLogin(directory.organization('acme'), 'ada-k', []).role = 'admin'
    expect(await thrownBy(bench.provision([platform]))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })

  test('to a billing manager is refused', async () => {
    const members = [{ login: 'ada-k', role: 'billing_manager' as const }]
    await using bench = await startGitHubBench({ tenant: { organizations: [{ ...structuredClone(acme), members }] } })
    expect(await thrownBy(bench.provision([platform]))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })
})

describe('a grant by invitation', () => {
  test('invites an unknown person with all the teams, and once', async () => {
    await using bench = await startGitHubBench({ settings: byInvitation })
    await bench.provision([org, platform], newcomer)
    await bench.provision([org, platform], newcomer)
    expect(bench.writes()).toEqual(['POST /orgs/acme/invitations'])
    expect(bench.tenant.directory.organization('acme').invitations).toMatchObject([
      { email: newcomer.email, role: 'direct_member', teams: ['platform'] },
    ])
    expect(await bench.has([org, platform, 'team:acme/platform-oncall'], newcomer)).toEqual([org, platform])
  })

  test('of one more team keeps the teams of the invitation before', async () => {
    await using bench = await startGitHubBench({ settings: byInvitation })
    await bench.provision([platform], newcomer)
    await bench.provision(['team:acme/platform-oncall'], newcomer)
    const { invitations } = bench.tenant.directory.organization('acme')
    expect(invitations).toHaveLength(1)
    expect(invitations[0]?.teams.toSorted()).toEqual(['platform', 'platform-oncall'])
  })

  test('to a member whose login GitHub does not tell is refused, and says what to do', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'map,invite' } })
    const error = await thrownBy(bench.provision([org], { email: 'omar@acme.example' }))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('GITHUB_LOGINS')
  })

  test('leaves an invitation to be an owner alone', async () => {
    await using bench = await startGitHubBench({ settings: byInvitation })
    const { directory } = bench.tenant
    directory.inviteEmail(directory.organization('acme'), newcomer.email, { role: 'admin', teams: [] })
    expect(await thrownBy(bench.provision([platform], newcomer))).toBeInstanceOf(PermanentError)
    expect(await thrownBy(bench.deprovision([org], newcomer))).toBeInstanceOf(PermanentError)
    expect(bench.writes()).toEqual([])
  })
})

describe('taking away', () => {
  test('a team leaves the organization’s membership', async () => {
    await using bench = await startGitHubBench()
    await bench.provision([org, platform])
    accept(bench, 'ada-k')
    await bench.deprovision([platform])
    expect(await bench.has([org, platform])).toEqual([org])
  })

  test('the organization takes its teams too, and is done when repeated', async () => {
    await using bench = await startGitHubBench()
    await bench.provision([org, platform])
    accept(bench, 'ada-k')
    await bench.deprovision([org])
    await bench.deprovision([org])
    expect(await bench.has([org, platform])).toEqual([])
  })

  test.each([[[org]], [[platform]]])('%s withdraws what was not accepted yet', async (targets) => {
    await using bench = await startGitHubBench()
    await bench.provision([org, platform])
    await bench.deprovision(targets)
    expect(bench.tenant.directory.organization('acme').invitations).toEqual([])
    expect(await bench.has([org, platform])).toEqual([])
  })

  test('withdraws an invitation by e-mail from somebody whom the authority does not know', async () => {
    await using bench = await startGitHubBench({ settings: byInvitation })
    await bench.provision([platform], newcomer)
    await bench.deprovision([platform], { ...newcomer, person: null })
    expect(bench.tenant.directory.organization('acme').invitations).toEqual([])
  })

  test('from somebody whom the authority does not know goes by the request’s e-mail', async () => {
    await using bench = await startGitHubBench()
    await bench.provision([org])
    accept(bench, 'ada-k')
    await bench.deprovision([org], { person: null })
    expect(await bench.has([org], { person: null })).toEqual([])
    expect(bench.tenant.directory.organization('acme').members.has('ada-k')).toBe(false)
  })

  test.each([[org], [platform]])('%s from an owner is refused: the hub did not make them one', async (target) => {
    await using bench = await startGitHubBench({
      settings: { GITHUB_FIND_LOGIN: 'map', GITHUB_LOGINS: '{"boss@acme.example": "acme-owner"}' },
    })
    const error = await thrownBy(bench.deprovision([target], { email: 'boss@acme.example' }))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('by hand')
    expect(bench.writes()).toEqual([])
  })

  test('from nobody is done, where the hub lets nobody in without a login', async () => {
    await using bench = await startGitHubBench()
    await bench.deprovision([org, platform], newcomer)
    expect(bench.writes()).toEqual([])
    expect(bench.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('nothing to take away'))
  })

  test('is not called done when an invitation may have been accepted under any login', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'map,invite' } })
    await bench.provision([org], newcomer)
    accept(bench, 'ada.kern')
    const error = await thrownBy(bench.deprovision([org], newcomer))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('GITHUB_LOGINS')
    expect(bench.tenant.directory.organization('acme').members.has('ada.kern')).toBe(true)
  })

  test('finds who accepted an invitation by the mailbox they proved to be theirs', async () => {
    await using bench = await startGitHubBench({ settings: { GITHUB_FIND_LOGIN: 'verified_email,invite' } })
    await bench.provision([org], { email: adaEmail })
    accept(bench, 'ada-k')
    await bench.deprovision([org], { email: adaEmail })
    expect(bench.tenant.directory.organization('acme').members.has('ada-k')).toBe(false)
  })

  test('goes on in the next organization when one refuses', async () => {
    const second = { login: 'acme-labs', members: [{ login: 'acme-owner' }] }
    await using bench = await startGitHubBench({
      tenant: { organizations: [structuredClone(acme), second] },
      settings: { GITHUB_FIND_LOGIN: 'map', GITHUB_LOGINS: '{"boss@acme.example": "acme-owner"}' },
    })
    const error = await thrownBy(bench.deprovision([org, 'org:acme-labs'], { email: 'boss@acme.example' }))
    expect(error).toBeInstanceOf(PermanentError)
    expect(bench.tenant.directory.organization('acme-labs').members.size).toBe(0)
  })

  test('is not called done in an organization that the credential cannot see', async () => {
    await using bench = await startGitHubBench()
    expect(await thrownBy(bench.deprovision(['org:elsewhere']))).toBeInstanceOf(PermanentError)
    expect(await thrownBy(bench.has(['org:elsewhere']))).toBeInstanceOf(Error)
  })
})

test('a target that is not in the allow-list is refused before GitHub is asked', async () => {
  await using bench = await startGitHubBench()
  const { url: GITHUB_BASE_URL, token: GITHUB_TOKEN } = bench.tenant
  const config = { GITHUB_BASE_URL, GITHUB_TOKEN, GITHUB_GRANTS: '{"eng": {"member": "org:acme"}}' }
  const ask = (value: string) => ({
    request: { subject: { email: adaEmail }, application: { id: 'eng' }, permissions: [{ value }] },
  })
  expect(await thrownBy(invoke(github, 'provision', ask('owner'), { config }))).toBeInstanceOf(PermanentError)
  expect(bench.tenant.calls).toEqual([])
  await invoke(github, 'provision', ask('member'), { config })
  expect(await invoke(github, 'has', ask('member'), { config })).toEqual(['org:acme'])
})

test('a managed user who is not in the organization is told to ask for it, and no team is half given (case 25)', async () => {
  await using bench = await startGitHubBench()
  const answer = { status: 422, body: '{"message": "must be in the organization first"}' }
  bench.tenant.misbehave({ method: 'PUT', path: '/orgs/acme/teams/platform', answer })
  const error = await thrownBy(bench.provision([platform]))
  expect(error).toBeInstanceOf(PermanentError)
  expect(String(error)).toContain('ask for the organization acme together with the team')
})

test('an invitation is told from access (case 26)', async () => {
  await using bench = await startGitHubBench({ settings: byInvitation })
  const states = async () => (await bench.look([org, platform], newcomer)).sights.map(({ state }) => state)
  expect(await states()).toEqual(['nobody', 'nobody'])
  await bench.provision([org, platform], newcomer)
  expect(await states()).toEqual(['invited', 'invited'])
  await using other = await startGitHubBench()
  await other.provision([org, platform])
  expect((await other.look([org, platform])).sights.map(({ state }) => state)).toEqual(['invited', 'invited'])
  accept(other, 'ada-k')
  expect(await other.look([org, platform])).toMatchObject({
    sights: [{ state: 'had' }, { state: 'had' }],
    links: ['583231:ada-k'],
  })
})
