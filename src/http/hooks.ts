import { Hono, type MiddlewareHandler } from 'hono'
import type { Log } from '../core/log.ts'
import { journaledWithin } from '../core/wait.ts'
import type { Receive } from '../intake/receive.ts'
import type { ConfiguredSource } from '../sources/index.ts'
import type { DoorWatch } from '../upkeep/watch-source.ts'
import { notJson } from './not-json.ts'
import { problem } from './problem.ts'
import { small } from './small-body.ts'

export type HooksParts = {
  sources: readonly ConfiguredSource[]
  receive: Receive
  log: Log
  /** A journal that is slower than this is a fault of ours: 503, so that the sender tries again. */
  journalTimeoutSeconds: number
  /** Told of everybody who knocks, when somebody watches. */
  watch?: DoorWatch
}

type Variables = { source: ConfiguredSource; body: unknown }
type Step = MiddlewareHandler<{ Variables: Variables }>

/**
 * The doors for news. Steps run from left to right, and each may answer.
 * Nothing that a sender can do wrong is a 5xx, and no fault of ours is a 4xx: Okta never sends a 4xx again.
 */
export function hooks({
  sources,
  receive,
  log,
  journalTimeoutSeconds,
  watch,
}: HooksParts): Hono<{ Variables: Variables }> {
  const known = knownSource(sources)
  const record = journaled({ receive, log, journalTimeoutSeconds })

  return new Hono<{ Variables: Variables }>()
    .get('/hooks/:source', known, challenge)
    .post('/hooks/:source', known, authentic(watch), small, json, record)
}

function knownSource(sources: readonly ConfiguredSource[]): Step {
  return async (c, next) => {
    const source = sources.find(({ id }) => id === c.req.param('source'))
    if (!source)
      return problem(c, {
        status: 404,
        code: 'unknown_source',
        title: 'Unknown source',
        detail: 'No source of this name is configured.',
      })
    c.set('source', source)
    return next()
  }
}

/** The one-time question whether this address is ours. No secret is needed: the answer discloses nothing. */
const challenge: Step = async (c) => {
  const answer = c.get('source').challenge({ header: (name) => c.req.header(name) })
  if (!answer) {
    return problem(c, {
      status: 400,
      code: 'no_challenge',
      title: 'No challenge',
      detail: 'A GET here is for the verification handshake only.',
    })
  }
  return c.json(answer.body, answer.status, { 'cache-control': 'no-store' })
}

/** Decided before the body is read. */
function authentic(watch: DoorWatch | undefined): Step {
  return async (c, next) => {
    const source = c.get('source')
    if (source.authenticate({ header: (name) => c.req.header(name) })) {
      watch?.heard(source.id)
      return next()
    }
    watch?.refused(source.id)
    return problem(c, {
      status: 401,
      code: 'wrong_secret',
      title: 'Wrong or missing secret',
      detail: 'The secret of this hook is not among those configured here.',
    })
  }
}

const json: Step = async (c, next) => {
  try {
    c.set('body', JSON.parse(await c.req.text()))
  } catch {
    return notJson(c)
  }
  return next()
}

type JournaledParts = Pick<HooksParts, 'receive' | 'log' | 'journalTimeoutSeconds'>

/** 204 is a promise: what the body said is committed. */
function journaled({ receive, log, journalTimeoutSeconds }: JournaledParts): Step {
  return async (c) => {
    const source = c.get('source')
    try {
      const work = receive({ source, body: c.get('body') })
      const { recorded, duplicates } = await journaledWithin(work, journalTimeoutSeconds)
      log.debug({ source: source.id, recorded, duplicates }, 'Journaled a hook')
      return c.body(null, 204)
    } catch (thrown) {
      log.error({ source: source.id, err: thrown }, 'A hook could not be journaled: answered 503')
      return problem(c, {
        status: 503,
        code: 'journal_unavailable',
        title: 'Not journaled',
        detail: 'The journal cannot be written right now. Send it again.',
      })
    }
  }
}
