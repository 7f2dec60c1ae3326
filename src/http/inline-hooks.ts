import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { type InlineAnswer, type InlineKind, inlineKinds } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { AnswerInline } from '../intake/answer.ts'
import type { ConfiguredInline, ConfiguredSource, InlineRoute } from '../sources/index.ts'
import type { DoorWatch } from '../upkeep/watch-source.ts'
import { boundBodies } from './bound-bodies.ts'
import { limitBody, sendNotJson, sendProblem } from './problem.ts'

export type InlineHookNeeds = {
  sources: readonly ConfiguredSource[]
  inline: AnswerInline
  clock: Clock
  log: Log
  watch?: DoorWatch
}

type Variables = {
  source: ConfiguredSource & { inline: ConfiguredInline }
  route: InlineRoute
  raw: Uint8Array<ArrayBuffer>
  body: unknown
}
type Step = MiddlewareHandler<{ Variables: Variables }>

/**
 * Serves the hooks whose sender waits for an answer. Steps run from left to right, and each may answer. A 2xx says that
 * it is done, or what the answer is; a 4xx that nothing happened; a 503 that it was not done in time.
 */
export function serveInlineHooks(needs: InlineHookNeeds): Hono<{ Variables: Variables }> {
  const { sources, inline, clock, log, watch } = needs
  return new Hono<{ Variables: Variables }>().post(
    '/hooks/:source/:connector/:kind',
    findRoute(sources, inline),
    checkSecret(watch),
    boundBodies(),
    limitBody,
    checkSignature(clock, watch),
    parseJsonBody,
    answerRequest(inline, log),
  )
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
function checkSecret(watch: DoorWatch | undefined): Step {
  return async (c, next) => {
    const { id, inline } = c.get('source')
    const route = c.get('route')
    const proof = inline.proof(route)
    const head = { header: (name: string) => c.req.header(name) }
    const hasSecret = !proof.secret || inline.hasSecret({ head, route })
    if ((proof.secret || proof.signature) && hasSecret) return next()
    watch?.refused(id)
    return refuseProof(c, 'The secret of this hook is not among those configured for this connector and kind.')
  }
}

function checkSignature(clock: Clock, watch: DoorWatch | undefined): Step {
  return async (c, next) => {
    const { id, inline } = c.get('source')
    const route = c.get('route')
    const raw = new Uint8Array(await c.req.arrayBuffer())
    const head = { header: (name: string) => c.req.header(name) }
    if (inline.proof(route).signature && !inline.isSigned({ head, raw, route, now: clock.now() })) {
      watch?.refused(id)
      return refuseProof(c, 'The signature of this hook is missing, wrong or too old.')
    }
    watch?.heard(id)
    c.set('raw', raw)
    return next()
  }
}

function refuseProof(c: Context, detail: string): Response {
  return sendProblem(c, { status: 401, code: 'wrong_secret', title: 'Wrong or missing secret', detail })
}

const parseJsonBody: Step = async (c, next) => {
  try {
    c.set('body', JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(c.get('raw'))))
  } catch {
    return sendNotJson(c)
  }
  return next()
}

function answerRequest(inline: AnswerInline, log: Log): Step {
  return async (c) => {
    const source = c.get('source')
    const { connector, kind } = c.get('route')
    try {
      const answer = await inline.answer({ source, connector, kind, body: c.get('body') })
      log.debug({ source: source.id, connector, kind, answer: answer.kind }, 'Answered an inline hook')
      return sendAnswer(c, answer, { kind, inline: source.inline })
    } catch (thrown) {
      log.error(
        { source: source.id, connector, kind, err: thrown },
        'An inline hook could not be journaled: answered 503',
      )
      return sendProblem(c, {
        status: 503,
        code: 'journal_unavailable',
        title: 'Not journaled',
        detail: 'The journal cannot be written right now, so nothing is promised. Ask again.',
      })
    }
  }
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
