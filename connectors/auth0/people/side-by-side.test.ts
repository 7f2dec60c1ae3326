import { describe, expect, it } from 'vitest'
import { countCalls, database, janeId, person, startBench } from '../../../test/connectors/auth0-bench.ts'

const enterpriseUser = `okta|acme-okta|${janeId}`
const users = [
  { connection: 'acme-okta', id: janeId, email: 'jane.doe@acme.example' },
  { connection: database, id: 'jane', email: 'jane.doe@acme.example' },
]

/** A `fetch` whose matching calls wait until they are let go. */
function makeHeldFetch(isHeld: (url: string) => boolean) {
  const waiting: (() => void)[] = []
  const asked: string[] = []
  let isOpen = false
  const held: typeof fetch = async (input, init) => {
    const url = decodeURIComponent(String(input))
    asked.push(url.replace(/^.*\/api\/v2|\?.*$/g, ''))
    if (!isOpen && isHeld(url)) await new Promise<void>((resolve) => waiting.push(resolve))
    return fetch(input, init)
  }
  const letGo = () => {
    isOpen = true
    for (const resolve of waiting) resolve()
  }
  return { fetch: held, asked, letGo }
}

const isSearch = (url: string) => url.includes('users-by-email') || url.includes('/users?')

/** Nobody else holds the e-mail; the question is noted. */
function noteIn(questions: string[]) {
  return async (email: string) => {
    questions.push(email)
    return []
  }
}

describe('finding a person at Auth0', () => {
  it('reads what is known while the searches run, and asks who else holds its e-mail', async () => {
    const held = makeHeldFetch(isSearch)
    await using bench = await startBench({ tenant: { users }, fetch: held.fetch })
    const known = person('deny', { links: ['auth0|jane'] })
    const questions: string[] = []
    const asking = { ...known, othersHolding: noteIn(questions) }
    const planning = bench.plan(asking)
    await expect
      .poll(() => held.asked)
      .toEqual(expect.arrayContaining(['/users/auth0|jane', `/users/${enterpriseUser}`]))
    await expect.poll(() => questions).toEqual(['jane.doe@acme.example'])
    held.letGo()
    const targets = (await planning).changes.map(({ target }) => target)
    expect(new Set(targets)).toEqual(new Set(['auth0|jane', enterpriseUser]))
    expect(countCalls(bench.tenant)['GET /users/:id']).toBe(2)
  })

  it('plans nothing for a user whose other holder a search shows late', async () => {
    const held = makeHeldFetch(isSearch)
    await using bench = await startBench({ tenant: { users }, fetch: held.fetch })
    const others = [{ email: 'jane.doe@acme.example', authorityId: '00u2jane', access: 'allow' as const }]
    const planning = bench.plan(person('deny', { links: ['auth0|jane'], others }))
    await expect.poll(() => held.asked).toContain('/users/auth0|jane')
    held.letGo()
    const { changes, conflicts } = await planning
    expect(new Set(changes.map(({ target }) => target))).toEqual(new Set([enterpriseUser]))
    expect(conflicts).toMatchObject([{ target: 'auth0|jane' }])
  })

  it('asks once who else holds an e-mail that several users have', async () => {
    const twins = [...users, { connection: database, id: 'jane2', email: 'jane.doe@acme.example' }]
    await using bench = await startBench({ tenant: { users: twins } })
    const questions: string[] = []
    await bench.plan({ ...person('deny'), othersHolding: noteIn(questions) })
    expect(questions).toEqual(['jane.doe@acme.example'])
  })

  it('does not take a 404 that is not in Auth0’s words for an answer about a user whom a search shows', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: `/api/v2/users/${enterpriseUser}`, answer: { status: 404, body: 'not here' } })
    const { changes } = await bench.plan(person('deny'))
    expect(changes.find(({ target }) => target === enterpriseUser)).toMatchObject({ action: 'look_again' })
  })
})
