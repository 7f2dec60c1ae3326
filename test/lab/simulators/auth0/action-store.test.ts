import { expect, test } from 'vitest'
import { auth0WithClient, DATABASE_ID, field } from '../../../support/tenant-clients.ts'

const ACTIONS = '/api/v2/actions/actions'
const BINDINGS = '/api/v2/actions/triggers/post-login/bindings'
const handler = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} }`
const deny = {
  name: 'deny',
  supported_triggers: [{ id: 'post-login', version: 'v3' }],
  code: handler('api.access.deny("v1")'),
}
const bind = (...names: string[]) => ({ bindings: names.map((value) => ({ ref: { type: 'action_name', value } })) })

const OWN = { name: 'own', code: handler('') }

test('an Action works only once it is deployed and bound', async () => {
  const { auth0, call, login } = await auth0WithClient()
  await using _ = auth0
  const id = field(await call('POST', ACTIONS, deny), 'id')
  const undeployed = await call('PATCH', BINDINGS, bind('deny'))
  await call('POST', `${ACTIONS}/${id}/deploy`)
  const unbound = await login({ user_id: DATABASE_ID })
  await call('PATCH', BINDINGS, bind('deny'))
  const bound = await login({ user_id: DATABASE_ID })

  expect([undeployed.status, unbound.status, bound.status]).toEqual([400, 200, 403])
})

test('an edited Action goes on as it was until it is deployed again', async () => {
  const { auth0, call, login } = await auth0WithClient()
  await using _ = auth0
  const id = field(await call('POST', ACTIONS, { ...deny, deploy: true }), 'id')
  await call('PATCH', BINDINGS, bind('deny'))
  const edited = await call('PATCH', `${ACTIONS}/${id}`, { code: handler('api.access.deny("v2")') })
  const before = await login({ user_id: DATABASE_ID })
  const deployed = await call('POST', `${ACTIONS}/${id}/deploy`)
  const after = await login({ user_id: DATABASE_ID })

  expect(edited.body).toMatchObject({ all_changes_deployed: false, deployed_version: { number: 1, code: deny.code } })
  expect(field(before, 'error_description')).toBe('v1')
  expect(deployed.body).toMatchObject({ number: 2, deployed: true })
  expect(field(after, 'error_description')).toBe('v2')
})

test('binding replaces the whole list: what is left out is unbound', async () => {
  const { auth0, call } = await auth0WithClient({ actions: [OWN] })
  await using _ = auth0
  await call('POST', ACTIONS, { ...deny, deploy: true })
  const [own] = auth0.actions.bindings('post-login')
  const both = await call('PATCH', BINDINGS, {
    bindings: [{ ref: { type: 'binding_id', value: own?.id } }, ...bind('deny').bindings],
  })
  await call('PATCH', BINDINGS, bind('deny'))

  expect(both.body).toMatchObject({ bindings: [{ id: own?.id, display_name: 'own' }, { display_name: 'deny' }] })
  expect(auth0.actions.bindings('post-login').map(({ displayName }) => displayName)).toEqual(['deny'])
})

test('a bound Action cannot be deleted without force', async () => {
  const { auth0, call } = await auth0WithClient({ actions: [OWN] })
  await using _ = auth0
  const id = auth0.actions.list()[0]?.id
  const careful = await call('DELETE', `${ACTIONS}/${id}`)
  const forced = await call('DELETE', `${ACTIONS}/${id}?force=true`)

  expect([careful.status, forced.status]).toEqual([400, 204])
  expect(auth0.actions.bindings('post-login')).toEqual([])
})

test('secrets come back by name only, and keep their value when sent without one', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const secrets = [{ name: 'KEY', value: 'hidden-value' }]
  const created = await call('POST', ACTIONS, { ...deny, secrets })
  await call('PATCH', `${ACTIONS}/${field(created, 'id')}`, { secrets: [{ name: 'KEY' }] })

  expect(created.body).toMatchObject({ secrets: [{ name: 'KEY' }] })
  expect(JSON.stringify(created.body)).not.toContain('hidden-value')
  expect(auth0.actions.list()[0]?.secrets).toMatchObject([{ name: 'KEY', value: 'hidden-value' }])
})

test.each([
  ['a name that is taken', { ...deny, name: 'own' }],
  ['more than 100 kB of code', { ...deny, code: `// ${'x'.repeat(100_000)}` }],
  ['no trigger', { name: 'x', supported_triggers: [] }],
  ['an unknown property', { ...deny, kode: '' }],
])('an Action with %s is refused', async (_name, body) => {
  const { auth0, call } = await auth0WithClient({ actions: [OWN] })
  await using _ = auth0

  expect((await call('POST', ACTIONS, body)).status).toBe(400)
})

test('code that does not compile is shown as failed and cannot be deployed', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const created = await call('POST', ACTIONS, { ...deny, code: 'exports.onExecutePostLogin = (' })
  const deployed = await call('POST', `${ACTIONS}/${field(created, 'id')}/deploy`)

  expect(created.body).toMatchObject({ status: 'failed' })
  expect(deployed.status).toBe(400)
})
