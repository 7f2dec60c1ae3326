import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Clock } from '../core/clock.ts'
import { type CountedLog, makeCountedLog } from '../core/counted-log.ts'
import { isLogged, type Log } from '../core/log.ts'
import type { Meter } from '../core/meter.ts'
import { journaledWithin } from '../core/wait.ts'
import type { WorkScope } from '../core/work-scope.ts'
import type { Receive } from '../intake/receive.ts'
import type { ConfiguredSource } from '../sources/index.ts'
import type { DoorWatch } from '../upkeep/watch-source.ts'
import { boundBodies } from './bound-bodies.ts'
import { countHooks } from './count-hooks.ts'
import { sendNotJson, sendProblem, sendWrongMethod } from './problem.ts'
import { type RawBody, readBody } from './read-body.ts'
import { readJson } from './read-json.ts'
import { makeNoteRefusal, type NoteRefusal } from './refusals.ts'
import { type Traced, traceRequests } from './trace.ts'

export type HookNeeds = {
  sources: readonly ConfiguredSource[]
  receive: Receive
  log: Log
  clock: Clock
  /** A journal that is slower than this is our fault: we answer 503, so that the sender tries again. */
  journalTimeoutSeconds: number
  /** Counts accepted and refused hooks, where a source is watched. */
  watch?: DoorWatch
  /** Carries the trace id of a request along. */
  scope?: WorkScope
  meter?: Meter | undefined
}

type Variables = RawBody & Traced & { source: ConfiguredSource; body: unknown }
type Step = MiddlewareHandler<{ Variables: Variables }>

/**
 * Serves the event hooks. Steps run from left to right, and each may answer. No mistake of a sender is answered with a
 * 5xx, and no fault of ours with a 4xx, because Okta never sends again after a 4xx.
 */
export function serveHooks(needs: HookNeeds): Hono<{ Variables: Variables }> {
  const { sources, receive, log, clock, journalTimeoutSeconds, watch, scope, meter } = needs
  const find = findSource(sources)
  const record = recordHook({ receive, log, clock, journalTimeoutSeconds, meter })

  const noteRefusal = makeNoteRefusal({ watch, log, clock })
  return new Hono<{ Variables: Variables }>()
    .use('/hooks/:source', traceRequests(scope), countHooks(meter, labelHook))
    .get('/hooks/:source', find, answerChallenge)
    .post('/hooks/:source', find, checkSecret({ watch, noteRefusal }), boundBodies(), readBody, parseJsonBody, record)
    .all('/hooks/:source', find, (c) => sendWrongMethod(c, ['GET', 'POST']))
}

function findSource(sources: readonly ConfiguredSource[]): Step {
  return async (c, next) => {
    const source = sources.find(({ id }) => id === c.req.param('source'))
    if (!source)
      return sendProblem(c, {
        status: 404,
        code: 'unknown_source',
        title: 'Unknown source',
        detail: 'No source of this name is configured.',
      })
    if (!source.authenticate) {
      return sendProblem(c, {
        status: 404,
        code: 'no_event_hooks',
        title: 'No event hooks here',
        detail: `The source ${source.id} sends no event hooks. Its requests go to /hooks/${source.id}/<connector>/<kind>.`,
      })
    }
    c.set('source', source)
    return next()
  }
}

/** Answers the vendor's one-time question whether this address is ours. It discloses nothing, so no secret is needed. */
const answerChallenge: Step = async (c) => {
  const answer = c.get('source').challenge({ header: (name) => c.req.header(name) })
  if (!answer) {
    return sendProblem(c, {
      status: 400,
      code: 'no_challenge',
      title: 'No challenge',
      detail: 'A GET here is for the verification handshake only.',
    })
  }
  return c.json(answer.body, answer.status, { 'cache-control': 'no-store' })
}

/** Runs before the body is read. */
function checkSecret({ watch, noteRefusal }: { watch: DoorWatch | undefined; noteRefusal: NoteRefusal }): Step {
  return async (c, next) => {
    const source = c.get('source')
    if (source.authenticate?.({ header: (name) => c.req.header(name) })) {
      watch?.heard(source.id)
      return next()
    }
    const { secretHeader: header } = source
    if (header && c.req.header(header.name) === undefined) {
      const reason = `the request has no header "${header.name}", in which the secret is looked for (${header.setting})`
      noteRefusal(source.id, { why: 'missing', reason })
    } else noteRefusal(source.id, { why: 'wrong' })
    return sendProblem(c, {
      status: 401,
      code: 'wrong_secret',
      title: 'Wrong or missing secret',
      detail: 'The secret of this hook is not among those configured here.',
    })
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

/** Journals the hook. A 204 promises that what the body said is committed. */
function recordHook({ receive, log, clock, journalTimeoutSeconds, meter }: Omit<HookNeeds, 'sources' | 'watch'>): Step {
  const tell: CountedLog = makeCountedLog({ log, clock, everySeconds: 1 })
  return async (c) => {
    const source = c.get('source')
    try {
      const journaled = await journaledWithin(
        (signal) => receive({ source, body: c.get('body'), traceId: c.get('traceId'), signal }),
        journalTimeoutSeconds,
      )
      meter?.count('events', { source: source.id, result: 'recorded' }, journaled.recorded)
      meter?.count('events', { source: source.id, result: 'duplicate' }, journaled.duplicates)
      if (isLogged(log, 'info')) log.info(describeHook(c, journaled), 'Journaled a hook')
      return c.body(null, 204)
    } catch (thrown) {
      tell(source.id, {
        level: 'error',
        facts: { source: source.id, err: thrown },
        message: 'A hook could not be journaled: answered 503',
      })
      return sendProblem(c, {
        status: 503,
        code: 'journal_unavailable',
        title: 'Not journaled',
        detail: 'The journal cannot be written right now. Send it again.',
      })
    }
  }
}

function labelHook(c: Context<{ Variables: Variables }>) {
  const { id } = c.get('source') ?? {}
  return id === undefined ? null : { source: id, kind: 'event' }
}

/** A hook may bring thousands of events: a line names the first ones, and counts all. */
const namedEvents = 20

type Journaled = Awaited<ReturnType<Receive>>

function describeHook(c: Context<{ Variables: Variables }>, { recorded, duplicates, ids }: Journaled) {
  const events = ids.slice(0, namedEvents)
  return { source: c.get('source').id, recorded, duplicates, events, request_id: c.get('traceId') }
}
