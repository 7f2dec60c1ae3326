import { describe, expect, test } from 'vitest'
import { PermanentError } from '../../src/index.ts'
import { acme, startGitHubBench } from '../../test/connectors/github-bench.ts'
import { adaEmail, knownPerson, thrownBy } from '../../test/connectors/inline-context.ts'

const org = 'org:acme'
const invited = (bench: Awaited<ReturnType<typeof startGitHubBench>>) =>
  bench.tenant.directory.organization('acme').invitations.map(({ login }) => login)

describe('who somebody is at GitHub', () => {
  test('is told by the identity that the company’s own sign-on has linked, in whatever letters', async () => {
    await using bench = await startGitHubBench()
    await bench.provision([org], { email: 'Ada.Kern@acme.example' })
    expect(invited(bench)).toEqual(['ada-k'])
  })

  test('is told by the authority’s login where that is the NameID', async () => {
    const identities = [{ nameId: 'akern', login: 'ada-k' }]
    await using bench = await startGitHubBench({
      tenant: { organizations: [{ ...structuredClone(acme), identities }] },
    })
    await bench.provision([org], { person: knownPerson({ logins: ['akern'] }) })
    expect(invited(bench)).toEqual(['ada-k'])
  })

  test('is not known while the identity has no login', async () => {
    await using bench = await startGitHubBench()
    const error = await thrownBy(bench.provision([org], { email: 'not.linked@acme.example' }))
    expect(error).toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('not.linked@acme.example')
    expect(bench.writes()).toEqual([])
  })

  test('is never guessed: neither from the local part of an e-mail nor by a public profile', async () => {
    // There is an account `ada.kern`, and an owner whose public profile claims Ada's e-mail.
    await using bench = await startGitHubBench({
      tenant: { organizations: [{ ...structuredClone(acme), identities: [] }] },
      settings: { GITHUB_FIND_LOGIN: 'map,saml,verified_email' },
    })
    expect(await thrownBy(bench.provision([org], { email: adaEmail }))).toBeInstanceOf(PermanentError)
    expect(await bench.has([org])).toEqual([])
    expect(bench.writes()).toEqual([])
  })

  test('is told by the map first, where that is the order', async () => {
    const settings = { GITHUB_LOGINS: '{"ADA.KERN@acme.example": "omar-dev"}' }
    await using mapFirst = await startGitHubBench({ settings })
    expect(await mapFirst.has([org])).toEqual([org])
    await using samlFirst = await startGitHubBench({ settings: { ...settings, GITHUB_FIND_LOGIN: 'saml,map' } })
    expect(await samlFirst.has([org])).toEqual([])
  })

  test('stays told by the account’s id after the login was changed', async () => {
    await using bench = await startGitHubBench({
      settings: { GITHUB_FIND_LOGIN: 'map', GITHUB_LOGINS: `{"${adaEmail}": 583231}` },
    })
    bench.tenant.directory.rename('ada-k', 'ada-kern')
    await bench.provision([org])
    expect(invited(bench)).toEqual(['ada-kern'])
  })

  test('is told at the enterprise, where single sign-on is set up there', async () => {
    const enterprise = { login: 'acme-inc', identities: [{ nameId: adaEmail, login: 'ada-k' }] }
    const { identities: _, ...plain } = structuredClone(acme)
    await using bench = await startGitHubBench({
      tenant: { organizations: [plain, enterprise] },
      settings: { GITHUB_ENTERPRISE: 'acme-inc' },
    })
    await bench.provision([org])
    expect(invited(bench)).toEqual(['ada-k'])
  })

  test('is not chosen between two', async () => {
    const identities = [
      { nameId: adaEmail, login: 'ada-k' },
      { nameId: 'ada@acme.example', login: 'omar-dev' },
    ]
    await using bench = await startGitHubBench({
      tenant: { organizations: [{ ...structuredClone(acme), identities }] },
    })
    const person = knownPerson({ emails: [adaEmail, 'ada@acme.example'] })
    for (const error of [
      await thrownBy(bench.provision([org], { person })),
      await thrownBy(bench.deprovision([org], { person })),
    ]) {
      expect(error).toBeInstanceOf(PermanentError)
      expect(String(error)).toContain('ada-k and omar-dev')
    }
    expect(bench.writes()).toEqual([])
  })

  test('is looked for on every page of the members', async () => {
    const crowd = Array.from({ length: 230 }, (_, at) => ({ login: `member-${at}` }))
    const accounts = [...crowd, { login: 'ada-k', verifiedEmails: [adaEmail] }]
    const organizations = [{ login: 'acme', members: [...crowd, { login: 'ada-k' }] }]
    await using bench = await startGitHubBench({
      tenant: { accounts, organizations },
      settings: { GITHUB_FIND_LOGIN: 'verified_email' },
    })
    expect(await bench.has([org])).toEqual([org])
  })
})
