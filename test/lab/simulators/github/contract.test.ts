import { expect, test } from 'vitest'
import { startGitHubTenant } from '../../../../lab/simulators/github/server.ts'
import { accounts, acme } from '../../../connectors/github-bench.ts'
import { loadOpenApi } from '../../../support/openapi.ts'

const contract = loadOpenApi('github')

async function tenantWithClient() {
  const tenant = await startGitHubTenant({ accounts, organizations: [structuredClone(acme)] })
  const answers: { method: string; path: string; status: number; body: unknown }[] = []
  const call = async (method: string, path: string, body?: unknown, token = tenant.token) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(tenant.url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    const answer = { method, path, status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    answers.push(answer)
    return answer
  }
  return { tenant, call, answers }
}

test('an answer that breaks GitHub’s document is noticed', () => {
  const path = '/orgs/acme/memberships/ada-k'
  expect(contract.problems({ method: 'GET', path, status: 200, body: { state: 'gone', role: 'member' } })).not.toEqual(
    [],
  )
  expect(contract.problems({ method: 'DELETE', path, status: 204, body: { ok: true } })).toHaveLength(1)
})

test('every operation answers 2xx, and its refusals, in the shape of GitHub’s document', async () => {
  const { tenant, call, answers } = await tenantWithClient()
  await using _ = tenant
  const team = await call('GET', '/orgs/acme/teams/platform')
  await call('GET', '/orgs/acme/teams/platform-oncall')
  await call('GET', '/orgs/acme/memberships/omar-dev')
  await call('GET', '/orgs/acme/memberships/ada-k')
  await call('PUT', '/orgs/acme/memberships/ada-k', { role: 'member' })
  await call('GET', '/orgs/acme/memberships/ada-k')
  await call('PUT', '/orgs/acme/teams/platform/memberships/ada-k', { role: 'member' })
  await call('GET', '/orgs/acme/teams/platform/memberships/ada-k')
  await call('GET', '/orgs/acme/teams/platform/memberships/omar-dev')
  await call('DELETE', '/orgs/acme/teams/platform/memberships/omar-dev')
  await call('GET', '/orgs/acme/teams/platform/memberships/omar-dev')
  await call('DELETE', '/orgs/acme/memberships/ada-k')
  await call('DELETE', '/orgs/acme/memberships/ada-k')
  const teamId: unknown = Reflect.get(Object(team.body), 'id')
  const invited = await call('POST', '/orgs/acme/invitations', { email: 'new@acme.example', team_ids: [teamId] })
  await call('POST', '/orgs/acme/invitations', { email: 'omar@acme.example' })
  await call('GET', '/orgs/acme/invitations?per_page=100&page=1')
  const id = Reflect.get(Object(invited.body), 'id')
  await call('GET', `/orgs/acme/invitations/${id}/teams`)
  await call('DELETE', `/orgs/acme/invitations/${id}`)
  await call('DELETE', `/orgs/acme/invitations/${id}`)
  const roles = await call('GET', '/orgs/acme/organization-roles')
  const [role] = Reflect.get(Object(roles.body), 'roles')
  await call('GET', `/orgs/acme/organization-roles/${role.id}/teams`)
  await call('GET', '/user/583231')
  await call('GET', '/user/1')
  await call('GET', '/orgs/acme/invitations', undefined, 'wrong')

  expect(answers.flatMap((answer) => contract.problems(answer))).toEqual([])
  const covered = new Set(answers.filter(({ status }) => status < 300).map((answer) => contract.operationOf(answer)))
  expect(contract.operations.filter((operation) => !covered.has(operation))).toEqual([])
})

test('GraphQL answers what is selected, and a field that is not there is an error', async () => {
  const { tenant, call } = await tenantWithClient()
  await using _ = tenant
  const query =
    'query ($login: String!) { organization(login: $login) { membersWithRole(first: 1) { nodes { login } pageInfo { hasNextPage endCursor } } } }'
  const { body } = await call('POST', '/graphql', { query, variables: { login: 'acme' } })
  expect(body).toEqual({
    data: {
      organization: {
        membersWithRole: { nodes: [{ login: 'acme-owner' }], pageInfo: { hasNextPage: true, endCursor: '1' } },
      },
    },
  })
  const wrong = await call('POST', '/graphql', {
    query: query.replace('nodes { login }', 'nodes { email }'),
    variables: { login: 'acme' },
  })
  expect(wrong.body).toMatchObject({ data: null, errors: [{ message: expect.stringContaining('email') }] })
})
