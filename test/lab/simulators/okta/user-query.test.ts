import { expect, test } from 'vitest'
import type { OktaUserSeed } from '../../../../lab/simulators/okta/user-directory.ts'
import { isJsonObject } from '../../../../lab/simulators/values.ts'
import type { JsonAnswer } from '../../../support/json-client.ts'
import { oktaWithClient } from '../../../support/tenant-clients.ts'

const person = (name: string, status: OktaUserSeed['status'] = 'ACTIVE'): OktaUserSeed => ({
  id: `00utest${name}`,
  status,
  profile: { login: `${name}@acme.test`, firstName: name, lastName: 'Test' },
})

const users = [person('ann'), person('bob', 'DEPROVISIONED'), person('cho', 'SUSPENDED'), person('dee')]

const names = ({ body }: JsonAnswer) =>
  Array.isArray(body) ? body.map((user) => (isJsonObject(user) ? String(user.id).slice(7) : '')) : []

const QUERIES: [string, string[]][] = [
  ['', ['ann', 'cho', 'dee']],
  ['?q=bo', []],
  ['?q=AN', ['ann']],
  ['?filter=status eq "DEPROVISIONED"', ['bob']],
  ['?filter=status eq "ACTIVE" or status eq "SUSPENDED"', ['ann', 'cho', 'dee']],
  ['?filter=(status eq "ACTIVE" or status eq "SUSPENDED") and profile.login EQ "cho@acme.test"', ['cho']],
  ['?filter=profile.email eq "ANN@acme.test"', []],
  ['?filter=lastUpdated gt "2000-01-01T00:00:00.000Z"', ['ann', 'bob', 'cho', 'dee']],
  ['?filter=lastUpdated lt "2000-01-01T00:00:00.000Z"', []],
  ['?search=profile.email eq "BOB@acme.test"', ['bob']],
  ['?search=profile.login sw "d"', ['dee']],
]

test.each(QUERIES)('GET /users%s finds %j', async (query, found) => {
  const { okta, call } = await oktaWithClient({ users })
  await using _ = okta

  expect(names(await call('GET', `/api/v1/users${query}`))).toEqual(found)
})

const REFUSED = [
  '?filter=profile.login sw "a"',
  '?filter=profile.department eq "x"',
  '?filter=status ne "ACTIVE"',
  '?search=status ne "ACTIVE"',
  '?filter=status eq',
  '?filter=(status eq "ACTIVE"',
  '?filter=status eq "ACTIVE" status eq "STAGED"',
  '?limit=none',
  '?after=00unobody',
]

test.each(REFUSED)('GET /users%s is refused', async (query) => {
  const { okta } = await oktaWithClient({ users })
  await using _ = okta
  const response = await fetch(`${okta.url}/api/v1/users${query}`, { headers: { authorization: `SSWS ${okta.token}` } })

  expect(response.status).toBe(400)
})

test('pages are followed by their next link and lose nobody who changes meanwhile', async () => {
  const { okta, call } = await oktaWithClient({ users })
  await using _ = okta
  const first = await call('GET', '/api/v1/users?limit=2')
  okta.users.transition('00utestcho', 'deactivate')
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const second = await call('GET', next.slice(okta.url.length))

  expect(names(first)).toEqual(['ann', 'cho'])
  expect(names(second)).toEqual(['dee'])
  expect(second.headers.get('link')).not.toContain('rel="next"')
})
