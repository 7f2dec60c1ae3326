import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Role } from '../../core/role.ts'
import { recordRefusal } from '../../signin/record-refusal.ts'
import { mayAct } from '../../signin/roles.ts'
import { findAsker, type NoAsker } from './find-asker.ts'
import type { ApiNeeds, ApiVariables } from './needs.ts'
import { apiProblems, sendApiProblem } from './problems.ts'
import type { RouteRoles } from './route-roles.ts'

type GuardNeeds = Pick<ApiNeeds, 'journal' | 'log' | 'consoleUrl' | 'takesLocalLinks'>

type Guard = MiddlewareHandler<{ Variables: ApiVariables }>

/**
 * Decides who asks, and whether they may, before a parameter or the body is read. A caller who is not known learns
 * nothing, not even which addresses there are. No request passes that matches no route of the table.
 */
export function guard(needs: GuardNeeds, readRoles: () => RouteRoles): Guard {
  return async (c, next) => {
    const asked = findAsked(c, readRoles())
    const needed = asked?.needed
    if (needed === 'public') return next()
    const caller = await findAsker(c, needs)
    if ('code' in caller) return sendNoAsker(c, caller)
    if (asked === undefined || needed === undefined) return sendNoRoute(c, readRoles())
    const refusal = { needed, what: `${c.req.method} ${asked.path}`, requestId: c.get('traceId') }
    if (!mayAct(caller.role, needed)) {
      await recordRefusal(needs, caller, { ...refusal, code: 'role_too_low' })
      return sendTooLow(c, { needed, role: caller.role })
    }
    if (asked.notInEmergency && caller.session?.way === 'break_glass') {
      await recordRefusal(needs, caller, { ...refusal, code: 'not_in_emergency' })
      return sendNotInEmergency(c)
    }
    c.set('caller', caller)
    return next()
  }
}

function findAsked(c: Context, table: RouteRoles) {
  return matchedRoutes(c)
    .map((route) => table.find(route))
    .find((asked) => asked !== undefined)
}

function sendNoAsker(c: Context, { code, detail }: NoAsker): Response {
  if (apiProblems[code].status === 401) c.header('www-authenticate', 'Bearer')
  return sendApiProblem(c, code, { detail })
}

function sendTooLow(c: Context, { needed, role }: { needed: Role; role: Role }): Response {
  return sendApiProblem(c, 'role_too_low', { detail: `This asks for the role ${needed}; yours is ${role}.` })
}

function sendNotInEmergency(c: Context): Response {
  const detail = 'A session of an emergency changes no tokens and no sessions of others.'
  return sendApiProblem(c, 'not_in_emergency', { detail })
}

/** The address may be there for another method: a path is compared segment by segment with those of the table. */
function sendNoRoute(c: Context, table: RouteRoles): Response {
  const segments = c.req.path.split('/')
  const methods = table.list().flatMap(({ method, path }) => (isOfForm(segments, path.split('/')) ? [method] : []))
  if (methods.length === 0) return sendApiProblem(c, 'not_found', { detail: 'Nothing lives at this address.' })
  const allowed = [...new Set(methods)].sort()
  c.header('allow', allowed.join(', '))
  return sendApiProblem(c, 'wrong_method', { detail: `This address takes ${allowed.join(' and ')}.` })
}

function isOfForm(segments: readonly string[], form: readonly string[]): boolean {
  return (
    segments.length === form.length &&
    form.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  )
}
