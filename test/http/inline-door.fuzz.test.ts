import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type InlineKind, inlineKinds } from '../../src/core/access.ts'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

/** How many bodies for each kind of Lumos; CI tries ten times as many, in a step of its own. */
const runs = Number(process.env.FUZZ_BODIES ?? 1000)
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

type Form = { source: string; good: unknown; paths: string[][]; runs: number }

const asked = lumosBody({ permissions: ['nobody-allowed-this'] })
const forms: Form[] = [
  {
    source: 'lumos',
    good: asked,
    paths: [
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
    ],
    runs,
  },
  {
    source: 'platform',
    good: {
      subject: { email: asked.target_user.email, given_name: null },
      application: { id: 'orbit-admin', instance_id: '0oaorbit', label: 'Orbit' },
      permissions: asked.permissions,
      access_length_seconds: 60,
      comment: null,
      task_url: 'https://platform.example/tasks/1',
      fields: { floor: 2 },
    },
    paths: [
      ['subject'],
      ['subject', 'email'],
      ['application'],
      ['application', 'id'],
      ['application', 'instance_id'],
      ['permissions'],
      ['permissions', '0'],
      ['permissions', '0', 'value'],
      ['access_length_seconds'],
      ['comment'],
      ['task_url'],
      ['fields'],
    ],
    runs: Math.ceil(runs / 5),
  },
]

type Changes = [string[], unknown][]

function changesOf({ paths }: Form): fc.Arbitrary<Changes> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(fc.tuple(fc.constantFrom(...paths), anything), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: anything.map((value): Changes => [[[], value]]) },
  )
}

function changed(good: unknown, changes: Changes): unknown {
  return changes.reduce((body, [path, value]) => replaced(body, path, value), good)
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

const settings = {
  VAULT_BUDGET_SECONDS: '10',
  LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret},events:${inlineSecret}`,
  PLATFORM_HOOK_SECRETS: `vault/*:${inlineSecret}`,
}

async function start() {
  const stage = await setInlineStage({ db, settings })
  // What there is to lose: no allow-list has the last one.
  for (const door of ['billing', 'eu', 'wiki', 'unlisted']) stage.vault.held.add(`${LENA.email} door:${door}`)
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${stage.hub.url}/hooks/${path}`, {
      method: 'POST',
      headers: { authorization: inlineSecret },
      body: withDepths(JSON.stringify(body) ?? 'undefined'),
    })
    return { status: answer.status, body: await answer.text() }
  }
  return Object.assign(stage, { post })
}

const served: Record<InlineKind, number[]> = {
  provision: [204, 400, 422],
  deprovision: [204, 400, 422],
  validate: [200, 400, 422],
  preapprove: [200, 400, 422],
}

const cases = forms.flatMap((form) => inlineKinds.map((kind) => ({ source: form.source, kind, form })))

test.each(cases)(
  'whatever a $kind of $source says, it is never a 500 and no act follows',
  { timeout: 900_000 },
  async ({ source, kind, form }) => {
    await using stage = await start()
    const seen = new Map<number, number>()
    const chunk = fc.array(changesOf(form), { minLength: atOnce, maxLength: atOnce })
    await fc.assert(
      fc.asyncProperty(chunk, async (all) => {
        const bodies = all.map((changes) => changed(form.good, changes))
        for (const { status, body } of await Promise.all(
          bodies.map((body) => stage.post(`${source}/vault/${kind}`, body)),
        )) {
          expect(served[kind], body).toContain(status)
          if (status === 200 && source === 'lumos') expect(JSON.parse(body)).toHaveProperty('output.response')
          seen.set(status, (seen.get(status) ?? 0) + 1)
        }
        expect(stage.vault.times('provision')).toBe(0)
        // A body without permissions asks for all of an application, which is no wrong body: what is allowed of it goes.
        const taken = stage.vault.calls.filter(({ member }) => member === 'deprovision')
        expect(taken.filter(({ email, targets }) => email !== LENA.email || targets.some(isUnlisted))).toEqual([])
        if (kind !== 'deprovision') expect(taken).toEqual([])
      }),
      { numRuns: Math.ceil(form.runs / atOnce), endOnFailure: true },
    )
    expect(stage.vault.held).toContain(`${LENA.email} door:unlisted`)
    // Most are refused, and some are understood: a run without either would have tried one side alone.
    expect(seen.get(422)).toBeGreaterThan(0)
    if (kind !== 'provision' && form.runs >= 1000) expect(seen.get(served[kind][0] ?? 0)).toBeGreaterThan(0)
  },
)

function isUnlisted(target: string): boolean {
  return !['door:billing', 'door:eu', 'door:wiki'].includes(target)
}

test('whatever the SIEM hook says, it is never a 500, and no act follows', { timeout: 300_000 }, async () => {
  await using stage = await start()
  const facts = fc.record(
    { event_hash: anything, event_type: anything, event_began_at: anything, outcome: anything },
    { requiredKeys: [] },
  )
  const chunk = fc.array(
    fc.oneof(
      facts,
      facts.map((event) => ({ event })),
      anything,
    ),
    {
      minLength: atOnce,
      maxLength: atOnce,
    },
  )
  await fc.assert(
    fc.asyncProperty(chunk, async (bodies) => {
      for (const { status, body } of await Promise.all(bodies.map((body) => stage.post('lumos', body)))) {
        expect([204, 400], body).toContain(status)
      }
    }),
    { numRuns: Math.ceil(runs / 5 / atOnce), endOnFailure: true },
  )
  expect(stage.vault.calls).toEqual([])
})
