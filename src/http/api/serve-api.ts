import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { readPath } from '../address.ts'
import { secureAnswers } from '../secure-answers.ts'
import { traceRequests } from '../trace.ts'
import { apiRoot } from './add-read.ts'
import { addAlerts } from './alerts.ts'
import { addAudit } from './audit.ts'
import { addBatches } from './batches.ts'
import { addBrake } from './brake.ts'
import { addCallers } from './callers.ts'
import { addConnectors } from './connectors.ts'
import { addDeliveries } from './deliveries.ts'
import { addEmergencies } from './emergencies.ts'
import { addEvents } from './events.ts'
import { addGrants } from './grants.ts'
import { guard } from './guard.ts'
import { addLeaverEvidence, againstPath } from './leaver-evidence.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { describeApi } from './openapi.ts'
import { addHoldOrders } from './order-holds.ts'
import { addPersonOrders } from './order-people.ts'
import { addWaveOrder } from './order-waves.ts'
import { addOrders } from './orders.ts'
import { addPeople } from './people.ts'
import { addPrivacy } from './privacy.ts'
import { explainThrown, sendApiProblem } from './problems.ts'
import { addProtected } from './protected.ts'
import type { ApiDocument } from './reference/document.ts'
import { referencePath, showReference } from './reference/reference-page.ts'
import { addReports } from './reports.ts'
import { addRequests } from './requests.ts'
import { type RouteRoles, readRouteRoles } from './route-roles.ts'
import { addSessions } from './sessions.ts'
import { addSources } from './sources.ts'
import { takeTurns } from './take-turns.ts'
import { refuseWrongInput } from './wrong-input.ts'

/**
 * The operations API as one `fetch`: what the operating commands can read, for programs. It is an app of its own, so
 * that it is loaded when the first request comes.
 * @throws Error when a route names no role
 */
export function serveApi(needs: ApiNeeds): Api {
  const api: Api = new OpenAPIHono({ getPath: readPath, defaultHook: refuseWrongInput })
  let roles: RouteRoles | undefined
  api.use('/api/*', traceRequests(needs.scope), secureAnswers(), labelAnswer)
  api.use(
    '/api/*',
    takeTurns(),
    guard(needs, () => (roles ??= readRouteRoles(api))),
    boundBody,
  )
  addDeliveries(api, needs)
  addEvents(api, needs)
  addPeople(api, needs)
  addConnectors(api, needs)
  addAlerts(api, needs)
  addBrake(api, needs)
  addProtected(api, needs)
  addCallers(api, needs)
  addSessions(api, needs)
  addEmergencies(api, needs)
  addAudit(api, needs)
  addReports(api, needs)
  addLeaverEvidence(api, needs)
  addOrders(api, needs)
  addGrants(api, needs)
  addRequests(api, needs)
  addPersonOrders(api, needs)
  addHoldOrders(api, needs)
  addBatches(api, needs)
  addPrivacy(api, needs)
  addWaveOrder(api, needs)
  addSources(api, needs)
  addDocument(api)
  api.notFound((c) => sendApiProblem(c, 'not_found', { detail: 'Nothing lives at this address.' }))
  api.onError((thrown, c) => answerThrown(c, { thrown, needs }))
  roles = readRouteRoles(api)
  return api
}

/** Adds the document of the API, for programs and for people. */
function addDocument(api: Api): void {
  let document: ReturnType<typeof describeApi> | undefined
  const read = () => {
    document ??= describeApi(api)
    return document
  }
  api.get('/api/openapi.json', (c) => c.json(read()))
  api.get(referencePath, (c) => {
    const nonce: string = c.get('secureHeadersNonce' as never) ?? ''
    // The library's type allows a reference in place of a parameter or an answer; this API's routes write them out.
    return c.html(showReference(read() as unknown as ApiDocument, nonce))
  })
}

/** Each answer can be found in the log. */
const labelAnswer: MiddlewareHandler<{ Variables: { traceId: string } }> = async (c, next) => {
  c.header('x-request-id', c.get('traceId'))
  return next()
}

/** Runs behind the guard: who may not ask has no body read. */
const boundBody: MiddlewareHandler = (c, next) =>
  (c.req.path === `${apiRoot}${againstPath}` ? boundFile : boundOrder)(c, next)

const boundOrder = limitBody(64)
const boundFile = limitBody(1024)

function limitBody(kib: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: kib * 1024,
    onError: (c) => {
      c.header('connection', 'close')
      return sendApiProblem(c, 'body_too_large', { detail: `The body of this request has at most ${kib} KiB.` })
    },
  })
}

function answerThrown(c: Context, { thrown, needs }: { thrown: unknown; needs: ApiNeeds }): Response {
  // Hono's own, of a body that is no JSON.
  if (thrown instanceof HTTPException) return sendApiProblem(c, 'not_json', { detail: 'The body is a JSON document.' })
  const known = explainThrown(thrown)
  if (known?.code === 'journal_unavailable') {
    needs.log.warn({ err: thrown, path: c.req.path }, 'A request of the API could not reach the journal')
  }
  if (known) return sendApiProblem(c, known.code, known)
  needs.log.error({ err: thrown, path: c.req.path }, 'A request of the API failed')
  return sendApiProblem(c, 'internal', { detail: 'The fault is on this side.' })
}
