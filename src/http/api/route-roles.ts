import { type Role, roles } from '../../core/role.ts'
import type { Api } from './needs.ts'

/** What a route asks of its caller; `public`: nothing. */
export type Needed = Role | 'public'

/** A route as Hono names it. */
type RouteName = { method: string; path: string }

/** Every route of the API with the role that it asks for. */
export type RouteRoles = { find(route: RouteName): Needed | undefined; list(): (RouteName & { needed: Needed })[] }

/** Routes for everybody. All others say their role themselves. */
const publicRoutes: readonly string[] = ['GET /api/openapi.json']

/**
 * Reads the table of roles from the app's own routes.
 * @throws Error when a route names none: such an API is not served
 */
export function readRouteRoles(api: Api): RouteRoles {
  const said = new Map(
    api.openAPIRegistry.definitions.flatMap((definition) => {
      if (definition.type !== 'route') return []
      const { method, path, 'x-role': role } = definition.route
      return [[nameOf({ method: method.toUpperCase(), path: path.replaceAll(/\{(.+?)\}/g, ':$1') }), role]]
    }),
  )
  const table = new Map<string, RouteName & { needed: Needed }>()
  for (const { method, path } of api.routes) {
    // What is for all methods is a step before the routes: the guard lets no request end there.
    if (method === 'ALL') continue
    const name = nameOf({ method, path })
    const needed = publicRoutes.includes(name) ? 'public' : roles.find((role) => role === said.get(name))
    if (!needed) throw new Error(`The route ${name} names no role.`)
    table.set(name, { method, path, needed })
  }
  return { find: (route) => table.get(nameOf(route))?.needed, list: () => [...table.values()] }
}

function nameOf({ method, path }: RouteName): string {
  return `${method} ${path}`
}
