import { type RouteConfig, z } from '@hono/zod-openapi'
import { isRecord, type Json } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { hideSecretsIn } from '../../core/redact.ts'
import type { Role } from '../../core/role.ts'
import { type Caller, toOperator } from '../../signin/caller.ts'
import { recordRefusal } from '../../signin/record-refusal.ts'
import { apiRoot, apiSecurity } from './add-read.ts'
import { answerOnce } from './answer-once.ts'
import { givenText } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { describeProblems } from './problem-schema.ts'
import { type ApiCode, apiProblems, explainThrown } from './problems.ts'

type ActRoute<Params extends z.ZodObject, Body extends z.ZodObject, Answer extends z.ZodType> = {
  /** Below the root, in the form of OpenAPI: `/deliveries/{id}/replay`. */
  path: string
  role: Role
  summary: string
  tag: string
  params: Params
  body: Body
  answer: Answer
  /** The answer is for this caller at this moment alone, such as a secret: it is kept under no key. */
  isFresh?: true
  /** No session of an emergency may do it, whatever its role. */
  notInEmergency?: true
}

/** What a route is asked, parsed by its schemas. */
type Asked<Params extends z.ZodObject, Body extends z.ZodObject> = {
  caller: Caller
  /** The caller, and in which request, as it goes on record. */
  operator: Operator
  params: z.output<Params>
  body: z.output<Body>
}

/** Why; it stays on record. */
export const givenReason = givenText(1000)
  .refine((text) => text.trim() !== '', { error: 'is empty' })
  .openapi({ description: 'Why; it stays on record.' })

const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: 'is no text of 1 to 200 visible characters' })
    .optional()
    .openapi({ description: 'The same key within 24 hours is answered as the first time, and nothing is done again.' }),
})

/**
 * Adds a route by which an order is given. What it answers goes out as what a reading route answers does, and under a
 * key it is kept with the status: a refusal too, but no fault of ours.
 */
export function addAct<Params extends z.ZodObject, Body extends z.ZodObject, Answer extends z.ZodType>(
  api: Api,
  { journal, log }: Pick<ApiNeeds, 'journal' | 'log'>,
  { path, role, summary, tag, params, body, answer, isFresh, notInEmergency }: ActRoute<Params, Body, Answer>,
  act: (asked: Asked<Params, Body>) => Promise<z.input<Answer>>,
): void {
  const route: RouteConfig = {
    method: 'post',
    path: `${apiRoot}${path}`,
    summary,
    tags: [tag],
    'x-role': role,
    ...(notInEmergency ? { 'x-not-in-emergency': true } : {}),
    security: apiSecurity,
    request: {
      params,
      query: z.strictObject({}),
      ...(isFresh ? {} : { headers }),
      body: { required: true, content: { 'application/json': { schema: body } } },
    },
    responses: {
      200: { description: summary, content: { 'application/json': { schema: answer } } },
      ...describeProblems([400, 401, 403, 404, 409, 413, 422, 500, 503]),
    },
  }
  api.openapi(route, async (c) => {
    const caller = c.get('caller')
    const operator = { ...toOperator(caller), requestId: c.get('traceId') }
    const asked = { caller, operator, params: c.req.valid('param' as never), body: c.req.valid('json' as never) }
    const carryOut = () => answerRefused(async () => hideSecretsIn(answer.parse(await act(asked))), operator.requestId)
    const key = isFresh ? undefined : readKey(c.req.valid('header' as never))
    const { method } = c.req
    const done =
      key === undefined
        ? await carryOut()
        : await answerOnce(
            journal,
            { caller: caller.account, key, method, path: c.req.path, body: asked.body },
            carryOut,
          )
    // What the guard refuses is on record; this was refused by what the order is about, such as a second person.
    if (done.status === 403) {
      const what = `${method} ${apiRoot}${path.replaceAll(/\{(.+?)\}/g, ':$1')}`
      const { requestId } = operator
      await recordRefusal({ journal, log }, caller, { what, code: readCode(done.answer), needed: role, requestId })
    }
    c.header('content-type', done.status < 400 ? 'application/json' : 'application/problem+json')
    return c.body(JSON.stringify(done.answer), done.status as 200)
  })
}

function readKey(given: z.output<typeof headers>): string | undefined {
  return given['idempotency-key']
}

function readCode(answer: Json): string {
  return isRecord(answer) ? String(answer.code) : ''
}

/** A refusal is an answer as good as any: it is kept under the key. What is no refusal is thrown on. */
async function answerRefused(act: () => Promise<unknown>, requestId: string) {
  try {
    return { status: 200, answer: (await act()) as Json }
  } catch (thrown) {
    const known = explainThrown(thrown)
    if (!known) throw thrown
    const { status, title } = apiProblems[known.code satisfies ApiCode]
    // What will pass is no refusal.
    if (status >= 500) throw thrown
    const answer = { type: 'about:blank', title, status, detail: known.detail, code: known.code, requestId }
    return { status, answer: hideSecretsIn(answer) }
  }
}
