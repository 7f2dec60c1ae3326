import { expect, test, vi } from 'vitest'
import { type Diagnosis, serveDiagnosis } from '../../src/http/diagnosis.ts'

const database = { reachable: false, postgres: null, clockAheadMs: null, schema: null, seesOwnWrites: null }
const found: Diagnosis = { wrong: [], settings: [], bindings: {}, nodejsCompat: null, database }
const diagnose = vi.fn(async () => found)

const ask = (token: string | undefined, authorization?: string) =>
  serveDiagnosis({ token, diagnose }).request('/diagnosis', { headers: authorization ? { authorization } : {} })

test('without a token in the settings there is no such address', async () => {
  expect((await ask(undefined, 'Bearer undefined')).status).toBe(404)
})

test.each([undefined, 'Bearer wrong', 'Basic right', 'right'])(
  '%s is refused before anything is looked at',
  async (said) => {
    diagnose.mockClear()
    const answer = await ask('right', said)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([401, 'no-store'])
    expect(diagnose).not.toHaveBeenCalled()
  },
)

test('who bears the token is answered, and nobody keeps the answer', async () => {
  const answer = await ask('right', 'Bearer right')
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(await answer.json()).toEqual(found)
})
