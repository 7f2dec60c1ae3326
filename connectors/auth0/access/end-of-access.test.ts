import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { at, billing, janeOkta, partners, partnersSupport, startAccess } from '../../../test/connectors/auth0-access.ts'

const claim = 'https://acme.example/roles'
const code = await readFile(new URL('../../../actions/post-login/code.js', import.meta.url), 'utf8')
const secrets = [{ name: 'ROLES_CLAIM', value: claim }]
const actions = [{ name: 'bellhop-deny-deactivated', code, secrets }]

async function start() {
  const bench = await startAccess({ tenant: { actions } })
  const login = async (body: Record<string, unknown> = {}) => {
    const headers = { 'content-type': 'application/json' }
    const text = JSON.stringify({ user_id: janeOkta, ...body })
    const response = await fetch(`${bench.tenant.url}/login`, { method: 'POST', headers, body: text })
    const answer = (await response.json()) as { claims: { access_token: Record<string, unknown> }; error?: string }
    return { status: response.status, error: answer.error, roles: answer.claims.access_token[claim] }
  }
  return Object.assign(bench, { login })
}

/** The grant is made `hours` before this moment, so that the Action's own clock decides. */
const granted = (hours: number) => (Date.now() - at(0).getTime()) / 3_600_000 - hours

it('a role stops counting at the next login after its end, though nobody took it away', async () => {
  await using bench = await start()
  await bench.provision([billing], { hours: 2, now: granted(1) })
  expect(await bench.login()).toMatchObject({ status: 200, roles: ['Billing'] })

  await bench.deprovision([billing])
  await bench.provision([billing], { hours: 2, now: granted(2.001) })
  expect(await bench.login()).toMatchObject({ status: 200, roles: [] })
  expect(bench.rolesOf(janeOkta)).toEqual(['rol_billing'])
})

it('an organization is shut at the next login after its end, other logins are not', async () => {
  await using bench = await start()
  const inside = { organization: 'org_partners' }
  await bench.provision([partnersSupport], { hours: 2, now: granted(1) })
  expect(await bench.login(inside)).toMatchObject({ status: 200, roles: ['Support'] })

  await bench.deprovision([partnersSupport])
  await bench.provision([partnersSupport], { hours: 2, now: granted(2.001) })
  expect(await bench.login(inside)).toMatchObject({ status: 403, error: 'access_denied' })
  expect(await bench.login()).toMatchObject({ status: 200, roles: [] })
})

it('a grant that follows opens what was over', async () => {
  await using bench = await start()
  await bench.provision([billing, partners], { hours: 2, now: granted(3) })
  expect(await bench.login({ organization: 'org_partners' })).toMatchObject({ status: 403 })
  await bench.provision([billing, partners], { hours: 2, now: granted(0) })
  expect(await bench.login({ organization: 'org_partners' })).toMatchObject({ status: 200 })
  expect(await bench.login()).toMatchObject({ roles: ['Billing'] })
})
