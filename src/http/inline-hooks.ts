import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { type InlineAnswer, type InlineKind, inlineKinds } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import type { Log } from '../core/log.ts'
import type { Meter } from '../core/meter.ts'
import type { WorkScope } from '../core/work-scope.ts'
import type { AnswerInline } from '../intake/answer.ts'
import type { ConfiguredInline, ConfiguredSource, FailedCheck, InlineRoute } from '../sources/index.ts'
import type { DoorWatch } from '../upkeep/watch-source.ts'
import { boundBodies } from './bound-bodies.ts'
import { countHooks } from './count-hooks.ts'
import { sendNotJson, sendProblem, sendWrongMethod } from './problem.ts'
import { type RawBody, readBody } from './read-body.ts'
import { readJson } from './read-json.ts'
import { makeNoteRefusal, type NoteRefusal } from './refusals.ts'
import { type Traced, traceRequests } from './trace.ts'

export type InlineHookNeeds = {
  sources: readonly ConfiguredSource[]
  inline: AnswerInline
  clock: Clock
  log: Log
  watch?: DoorWatch
  scope?: WorkScope
  meter?: Meter | undefined
}

type Variables = RawBody &
  Traced & {
    source: ConfiguredSource & { inline: ConfiguredInline }
    route: InlineRoute
    messageId: string | null
    body: unknown
  }
type Step = MiddlewareHandler<{ Variables: Variables }>

/**
 * Serves the hooks whose sender waits for an answer. Steps run from left to right, and each may answer. A 2xx says that
 * it is done, or what the answer is; a 4xx that nothing happened; a 503 that it was not done in time.
 */
export function serveInlineHooks(needs: InlineHookNeeds): Hono<{ Variables: Variables }> {
  const { sources, inline, clock, log, watch, scope, meter } = needs
  const address = '/hooks/:source/:connector/:kind'
  const find = findRoute(sources, inline)
  const noteRefusal = makeNoteRefusal({ watch, log, clock })
  const refuse = refuseProof(noteRefusal)
  return new Hono<{ Variables: Variables }>()
    .use(address, traceRequests(scope), countHooks(meter, labelHook))
    .post(
      address,
      find,
      checkSecret(refuse),
      boundBodies(),
      readBody,
      checkSignature({ clock, watch, refuse }),
      parseJsonBody,
      answerRequest({ inline, log, clock }),
    )
    .all(address, find, (c) => sendWrongMethod(c, ['POST']))
}

function findRoute(sources: readonly ConfiguredSource[], inline: AnswerInline): Step {
  return async (c, next) => {
    const source = sources.find(({ id }) => id === c.req.param('source'))
    const connector = c.req.param('connector') ?? ''
    const kind = inlineKinds.find((one) => one === c.req.param('kind'))
    if (!source?.inline || !kind || !inline.serves({ connector, kind })) {
      return sendProblem(c, {
        status: 404,
        code: 'unknown_hook',
        title: 'Unknown hook',
        detail: 'No such source is configured, or the connector does not serve this kind. `hub connectors` lists them.',
      })
    }
    c.set('source', { ...source, inline: source.inline })
    c.set('route', { connector, kind })
    return next()
  }
}

/** Runs before the body is read. A route for which neither a secret nor a signature is configured refuses every hook. */
function checkSecret(refuse: RefuseProof): Step {
  return async (c, next) => {
    const { inline } = c.get('source')
    const route = c.get('route')
    const proof = inline.proof(route)
    if (!proof.secret && !proof.signature) {
      return refuse(c, { good: false, why: 'wrong', detail: 'No secret is configured for this connector and kind.' })
    }
    const head = { header: (name: string) => c.req.header(name) }
    const check = proof.secret ? inline.checkSecret({ head, route }) : ({ good: true } as const)
    return check.good ? next() : refuse(c, check)
  }
}

type SignatureNeeds = { clock: Clock; watch: DoorWatch | undefined; refuse: RefuseProof }

function checkSignature({ clock, watch, refuse }: SignatureNeeds): Step {
  return async (c, next) => {
    const { id, inline } = c.get('source')
    const route = c.get('route')
    const raw = c.get('raw')
    const head = { header: (name: string) => c.req.header(name) }
    c.set('messageId', null)
    if (inline.proof(route).signature) {
      const check = inline.checkSignature({ head, raw, route, now: clock.now() })
      // No signature fits a body that was cut on its way, and that is what its sender has to hear.
      if (!check.good) return check.why === 'wrong' && !isJson(raw) ? sendNotJson(c) : refuse(c, check)
      c.set('messageId', check.messageId ?? null)
    }
    watch?.heard(id)
    return next()
  }
}

type RefuseProof = (c: Context<{ Variables: Variables }>, check: FailedCheck) => Response

/** Answers 401, and says which headers are missing or what is wrong with them. */
function refuseProof(noteRefusal: NoteRefusal): RefuseProof {
  return (c, { why, detail }) => {
    const { connector, kind } = c.get('route')
    noteRefusal(c.get('source').id, { why, connector, kind, reason: detail })
    if (why === 'wrong_time') {
      return sendProblem(c, { status: 401, code: 'wrong_time', title: 'Signed too long ago, or ahead of time', detail })
    }
    return sendProblem(c, { status: 401, code: 'wrong_secret', title: 'Wrong or missing secret', detail })
  }
}

function isJson(raw: Uint8Array<ArrayBuffer>): boolean {
  try {
    readJson(raw)
    return true
  } catch {
    return false
  }
}

const parseJsonBody: Step = async (c, next) => {
  try {
    c.set('body', readJson(c.get('raw')))
  } catch {
    return sendNotJson(c)
  }
  return next()
}

/** Names the delivery that an inline hook became, on every answer to it: `hub show` takes it. */
const deliveryHeader = 'bellhop-delivery'

type AnswerNeeds = { inline: AnswerInline; log: Log; clock: Clock }

function answerRequest({ inline, log, clock }: AnswerNeeds): Step {
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })
  return async (c) => {
    const source = c.get('source')
    const { connector, kind } = c.get('route')
    try {
      const id = c.get('messageId')
      const message = id === null ? null : { id, raw: c.get('raw') }
      const traceId = c.get('traceId')
      const body = c.get('body')
      const { answer, ...ids } = await inline.answer({ source, connector, kind, body, traceId, message })
      if (ids.delivery !== null) c.header(deliveryHeader, ids.delivery)
      const facts = { source: source.id, connector, kind, ...describeAnswer(answer), ...ids, request_id: traceId }
      log.info(facts, 'Answered an inline hook')
      return sendAnswer(c, answer, { kind, inline: source.inline })
    } catch (thrown) {
      tell(source.id, {
        level: 'error',
        facts: { source: source.id, connector, kind, err: thrown },
        message: 'An inline hook could not be journaled: answered 503',
      })
      return sendProblem(c, {
        status: 503,
        code: 'journal_unavailable',
        title: 'Not journaled',
        detail: 'The journal cannot be written right now, so nothing is promised. Ask again.',
      })
    }
  }
}

/** What the log says of an answer: the word that the sender got, and why. */
function labelHook(c: Context<{ Variables: Variables }>) {
  const route = c.get('route')
  return route === undefined ? null : { source: c.get('source').id, kind: route.kind }
}

function describeAnswer(answer: InlineAnswer): Record<string, unknown> {
  if (answer.kind === 'preapprove' || answer.kind === 'validate') return answer.answer
  return answer.kind === 'done' ? { answer: 'done' } : { answer: answer.code, reason: answer.reason }
}

function sendAnswer(
  c: Context,
  answer: InlineAnswer,
  { kind, inline }: { kind: InlineKind; inline: ConfiguredInline },
): Response {
  switch (answer.kind) {
    case 'done':
      return c.body(null, 204)
    case 'preapprove':
    case 'validate':
      return c.json(inline.render(answer) as object, 200, { 'cache-control': 'no-store' })
    case 'refused':
      return sendProblem(c, {
        status: 422,
        code: answer.code,
        title: `The ${kind} was refused`,
        detail: answer.reason,
        event: answer.event,
      })
    case 'not_done':
      return sendProblem(c, { status: 503, code: answer.code, title: `The ${kind} is not done`, detail: answer.reason })
  }
}
