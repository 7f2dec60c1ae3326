import { expect, test } from 'vitest'
import { reader, startOktaBench } from '../../../test/connectors/okta-bench.ts'

type Bench = Awaited<ReturnType<typeof startOktaBench>>

const tokens = { OKTA_API_TOKEN: 'reader', OKTA_GRANTS_API_TOKEN: 'granter' }
const granting = (targets: string[]) => ({
  ...tokens,
  OKTA_GRANTS: JSON.stringify({ finance: Object.fromEntries(targets.map((target) => [target, target])) }),
})

/** What the doctor says of grants, by name. */
async function examine(bench: Bench) {
  const checks = await bench.doctor()
  const ofGrants = checks.filter(({ name }) => name.includes('grant'))
  return Object.fromEntries(ofGrants.map(({ name, status, detail }) => [name, `${status}: ${detail}`]))
}

test('a granting credential that Okta does not take is a problem of every target', async () => {
  await using bench = await startOktaBench({ settings: granting(['group:00gbilling', 'app:0oacrm']) })
  bench.tenant.credentials.revoke('granter')
  expect(await examine(bench)).toEqual({
    'okta: granting group:00gbilling': expect.stringMatching(/^problem: .*401 E0000011/),
    'okta: granting app:0oacrm': expect.stringMatching(/^problem: .*401 E0000011/),
  })
})

test('targets that are not there or must not be granted are problems, each with the reason', async () => {
  await using bench = await startOktaBench({
    settings: granting(['group:00gnone', 'group:00gadmins', 'app:0oaconsole']),
  })
  expect(await examine(bench)).toEqual({
    'okta: granting group:00gnone': expect.stringMatching(/^problem: .*no group 00gnone/),
    'okta: granting group:00gadmins': expect.stringMatching(/^problem: .*carries an administrator role/),
    'okta: granting app:0oaconsole': expect.stringMatching(/^problem: .*own administration/),
  })
})

test('targets that can be granted are named as Okta names them', async () => {
  await using bench = await startOktaBench()
  bench.tenant.groups.addMember('00gbilling', '00ulena')
  expect(await examine(bench)).toEqual({
    'okta: granting group:00gbilling': 'ok: the group Billing can be given',
    'okta: granting group:00gsupport': 'ok: the group Support can be given',
    'okta: granting app:0oacrm': 'ok: the application CRM can be assigned',
  })
})

test('a group whose members the reading credential cannot see is a problem: no grant could be read back', async () => {
  await using bench = await startOktaBench({ settings: granting(['group:00gbilling']) })
  bench.tenant.groups.addMember('00gbilling', '00ulena')
  bench.tenant.misbehave({ path: '/api/v1/users/00ulena/groups', status: 404 })
  expect(await examine(bench)).toEqual({
    'okta: granting group:00gbilling': expect.stringMatching(/^problem: the reading credential does not see/),
  })
})

test('a granting credential that can see event hooks is stronger than need be', async () => {
  await using bench = await startOktaBench({
    tokens: [reader, { value: 'granter' }],
    settings: granting(['app:0oacrm']),
  })
  expect(await examine(bench)).toMatchObject({
    'okta: least privilege of grants': expect.stringMatching(/^warning: /),
  })
})

test('without a list of grants nothing is asked with the granting credential', async () => {
  await using bench = await startOktaBench({ settings: { OKTA_API_TOKEN: 'reader', OKTA_GRANTS: '{}' } })
  expect(await examine(bench)).toEqual({})
  expect(bench.tenant.calls.map(({ path }) => path)).toEqual(['/api/v1/users', '/api/v1/eventHooks'])
})
