import { describe, expect, test } from 'vitest'
import { CredentialError, MissingRightError, PermanentError } from '../../../src/index.ts'
import { billing, catchError, crm, reader, startOktaBench, support } from '../../../test/connectors/okta-bench.ts'

describe('what must not be granted', () => {
  test.each([
    ['a group that is not there', 'group:00gnone', 'no group 00gnone'],
    ['a group with an administrator role', 'group:00gadmins', 'carries an administrator role (HELP_DESK_ADMIN)'],
    ['a group with a custom administrator role', 'group:00gcustom', 'carries an administrator role (CUSTOM)'],
    ['a group of a directory', 'group:00gimported', 'of the type APP_GROUP'],
    ['the group of everybody', 'group:00geveryone', 'of the type BUILT_IN'],
    ['an application that is not there', 'app:0oanone', 'no application 0oanone'],
    ["Okta's Admin Console", 'app:0oaconsole', "Okta's own administration"],
    ['a target of another kind', 'role:SUPER_ADMIN', 'neither group:<id> nor app:<id>'],
  ])('%s is refused, and nothing is written, not even what else was asked for', async (_name, target, words) => {
    await using bench = await startOktaBench()
    const { provision } = bench
    const thrown = await catchError(provision([billing, target]))
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(thrown.message).toContain(words)
    expect(bench.writes()).toEqual([])
  })

  test('a group that was given an administrator role since yesterday is refused today', async () => {
    await using bench = await startOktaBench()
    const { provision } = bench
    await provision([billing])
    bench.tenant.groups.setRoles('00gbilling', ['GROUP_MEMBERSHIP_ADMIN'])
    await expect(provision([billing])).rejects.toThrow('carries an administrator role')
  })

  test('a group that became one of administrators is still taken away', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    await provision([billing])
    bench.tenant.groups.setRoles('00gbilling', ['GROUP_MEMBERSHIP_ADMIN'])
    await deprovision([billing])
    expect(bench.groups()).toEqual([])
  })

  test('with roles that cannot be read, nothing is given', async () => {
    const weak = { value: 'granter', scopes: ['okta.groups.manage', 'okta.apps.manage'] }
    await using bench = await startOktaBench({ tokens: [reader, weak] })
    const { provision } = bench
    const thrown = await catchError(provision([billing]))
    expect(thrown).toBeInstanceOf(MissingRightError)
    expect(thrown.message).toContain('reading the administrator roles of the group 00gbilling')
    expect(bench.groups()).toEqual([])
  })

  test('somebody whom Okta does not know any more is refused, and a removal of theirs is done', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision, has } = bench
    const gone = { authorityId: '00ugone', source: 'okta' }
    await expect(provision([billing], gone)).rejects.toThrow(PermanentError)
    await expect(provision([crm], gone)).rejects.toThrow(PermanentError)
    await deprovision([billing, crm], gone)
    expect(await has([billing, crm], gone)).toEqual([])
  })

  test('a person of another org is refused by every handler, and nothing is asked of Okta', async () => {
    await using bench = await startOktaBench({ id: 'okta_eu' })
    const { provision, deprovision, has } = bench
    const foreign = { authorityId: '00ulena', source: 'okta' }
    for (const handler of [provision, deprovision, has]) {
      const thrown = await catchError(handler([billing], foreign))
      expect(thrown).toBeInstanceOf(PermanentError)
      expect(thrown.message).toContain('one of okta, and okta_eu changes')
    }
    expect(bench.tenant.calls).toEqual([])
    await provision([billing], { authorityId: '00ulena', source: 'okta_eu' })
    expect(bench.groups()).toEqual(['00gbilling'])
  })
})

describe('giving and taking', () => {
  test('a person gets the groups and apps that were asked for, is seen to have them, and loses them again', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision, has } = bench
    expect(await has([billing, crm])).toEqual([])
    await provision([billing, crm])
    expect(bench.groups()).toEqual(['00gbilling'])
    expect(bench.apps()).toEqual(['00ulena USER'])
    expect(await has([billing, crm, support])).toEqual([billing, crm])
    await deprovision([billing, crm])
    expect(bench.groups()).toEqual([])
    expect(bench.apps()).toEqual([])
    expect(await has([billing, crm])).toEqual([])
  })

  test('a repetition of either changes nothing and is no event', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    for (const act of [provision, provision, deprovision, deprovision]) await act([billing, billing, crm])
    expect(bench.events()).toEqual([
      'group.user_membership.add',
      'application.user_membership.add',
      'group.user_membership.remove',
      'application.user_membership.remove',
    ])
  })

  test('nobody at Okta has nothing, and Okta is not asked', async () => {
    await using bench = await startOktaBench()
    const { deprovision, has } = bench
    await deprovision([billing, crm], null)
    expect(await has([billing, crm], null)).toEqual([])
    expect(bench.tenant.calls).toEqual([])
  })

  test('a group or app that is gone cannot be had, so taking it away is done', async () => {
    await using bench = await startOktaBench()
    const { deprovision, has } = bench
    bench.tenant.groups.remove('00gbilling')
    bench.tenant.applications.remove('0oacrm')
    await deprovision([billing, crm])
    expect(await has([billing, crm])).toEqual([])
  })

  test('a group on a later page is seen', async () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ id: `00g${i}`, name: `Group ${i}`, members: ['00ulena'] }))
    await using bench = await startOktaBench({ groups: many, pageSize: 2 })
    const { has } = bench
    expect(await has(['group:00g4', 'group:00g9'])).toEqual(['group:00g4'])
  })

  test('the credential that reads is never used for a write, nor the other one to read people', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    bench.tenant.credentials.revoke('reader')
    await provision([billing, crm])
    await expect(deprovision([billing])).rejects.toThrow(CredentialError)
    expect(bench.groups()).toEqual([])
  })
})

describe('an app that a group gives', () => {
  test('is had, and is not assigned once more', async () => {
    await using bench = await startOktaBench()
    const { provision, has } = bench
    bench.tenant.groups.addMember('00gsupport', '00ulena')
    expect(await has([crm])).toEqual([crm])
    await provision([crm])
    expect(bench.apps()).toEqual(['00ulena GROUP'])
    expect(bench.writes()).toEqual([])
  })

  test('cannot be taken away, which is said with what to do; the rest is taken, and it ends when the group does', async () => {
    await using bench = await startOktaBench()
    const { deprovision } = bench
    for (const group of ['00gsupport', '00gbilling']) bench.tenant.groups.addMember(group, '00ulena')
    const thrown = await catchError(deprovision([crm, billing]))
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(thrown.message).toMatch(
      /still has the application 0oacrm: a group gives it.*take the person out of that group/,
    )
    expect(bench.groups()).toEqual(['00gsupport'])
    bench.tenant.groups.removeMember('00gsupport', '00ulena')
    await deprovision([crm, billing])
    expect(bench.apps()).toEqual([])
  })

  test('keeps a direct assignment too, as Okta refuses to take it', async () => {
    await using bench = await startOktaBench()
    const { provision, deprovision } = bench
    await provision([crm])
    bench.tenant.groups.addMember('00gsupport', '00ulena')
    await expect(deprovision([crm])).rejects.toThrow('a group gives it')
    await deprovision([support, crm])
    expect(bench.apps()).toEqual([])
  })
})
