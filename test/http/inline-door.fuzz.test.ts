import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inlineKinds } from '../../src/core/inline.ts'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

/** `KNOCKS=200 npx vitest run` for a quick look. */
const runs = Number(process.env.KNOCKS ?? 10_000)
const db = await testDatabase()

/** Lists in lists, written out in the text of the body alone: nothing else here could print them. */
function withDepths(text: string): string {
  return text.replace(/"(80|5000) deep"/g, (_, levels) => '['.repeat(Number(levels)) + ']'.repeat(Number(levels)))
}

/** Bodies that are nearly right: any part of a good one replaced by anything, or left out; and bodies that are anything. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '80 deep',
    '5000 deep',
    '__proto__',
    'constructor',
    -1,
    1e308,
    'orbit-admin',
    'root',
    [],
    {},
  ),
)
const paths = [
  ['application'],
  ['application', 'app_id'],
  ['application', 'instance_id'],
  ['permissions'],
  ['permissions', '0'],
  ['permissions', '0', 'value'],
  ['permissions', '0', 'label'],
  ['target_user'],
  ['target_user', 'email'],
  ['access_length'],
  ['request_comment'],
  ['request_task_url'],
  ['custom_fields'],
]
const bodies = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.tuple(fc.constantFrom(...paths), anything), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: anything.map((value) => [[[], value]] as [string[], unknown][]) },
)

function changed(changes: [string[], unknown][]): unknown {
  let body: unknown = lumosBody({ permissions: ['nobody-allowed-this'] })
  for (const [path, value] of changes) body = replaced(body, path, value)
  return body
}

function replaced(target: unknown, [head, ...rest]: string[], value: unknown): unknown {
  if (head === undefined) return value
  if (typeof target !== 'object' || target === null) return target
  if (Array.isArray(target)) return target.map((item, i) => (String(i) === head ? replaced(item, rest, value) : item))
  const part: unknown = Reflect.get(target, head)
  return { ...target, [head]: replaced(part, rest, value) }
}

/** So many at once: commits are the slow part, and wait side by side. */
const atOnce = 50

test.each(inlineKinds)(
  'whatever a %s says, it is never a 500 and no act follows',
  { timeout: 900_000 },
  async (kind) => {
    await using stage = await setInlineStage({ db, settings: { VAULT_BUDGET_SECONDS: '10' } })
    const isQuestion = kind === 'validate' || kind === 'preapprove'
    const send = async (changes: [string[], unknown][]) => {
      const answer = await fetch(`${stage.hub.url}/hooks/lumos/vault/${kind}`, {
        method: 'POST',
        headers: { authorization: inlineSecret },
        body: withDepths(JSON.stringify(changed(changes)) ?? 'undefined'),
      })
      const body = await answer.text()
      return { status: answer.status, body }
    }
    const chunk = fc.array(bodies as fc.Arbitrary<[string[], unknown][]>, { minLength: atOnce, maxLength: atOnce })
    await fc.assert(
      fc.asyncProperty(chunk, async (all) => {
        for (const { status, body } of await Promise.all(all.map(send))) {
          // A trial's placeholder and a question are answered; a revoke of a whole allowed application is no act on a wrong body.
          expect(isQuestion ? [200, 400, 422] : [204, 400, 422], body).toContain(status)
          if (status === 200) expect(JSON.parse(body)).toHaveProperty('output.response')
        }
        expect(stage.vault.times('provision')).toBe(0)
        expect(stage.vault.held.size).toBe(0)
      }),
      { numRuns: Math.ceil(runs / atOnce), endOnFailure: true },
    )
  },
)
