import { type Role, roles } from '../../core/role.ts'
import type { Api } from './needs.ts'
import { referencePath } from './reference/reference-page.ts'

/** What a route asks of its caller; `public`: nothing. */
export type Needed = Role | 'public'

/** A route as Hono names it. */
type RouteName = { method: string; path: string }

/** `notInEmergency`: it refuses the sessions of an emergency, whatever their role. */
type Asked = { needed: Needed; notInEmergency: boolean }

/** Every route of the API with what it asks of its caller. */
export type RouteRoles = { find(route: RouteName): (RouteName & Asked) | undefined; list(): (RouteName & Asked)[] }

/** Routes for everybody. All others say their role themselves. */
const publicRoutes: readonly string[] = ['GET /api/openapi.json', `GET ${referencePath}`]

/**
 * Reads the table of roles from the app's own routes.
 * @throws Error when a route names none: such an API is not served
 */
export function readRouteRoles(api: Api): RouteRoles {
  const said = new Map(
    api.openAPIRegistry.definitions.flatMap((definition) => {
      if (definition.type !== 'route') return []
      const { method, path, 'x-role': role, 'x-not-in-emergency': closed } = definition.route
      const name = nameOf({ method: method.toUpperCase(), path: path.replaceAll(/\{(.+?)\}/g, ':$1') })
      return [[name, { role, notInEmergency: closed === true }]]
    }),
  )
  const table = new Map<string, RouteName & Asked>()
  for (const { method, path } of api.routes) {
    // What is for all methods is a step before the routes: the guard lets no request end there.
    if (method === 'ALL') continue
    const name = nameOf({ method, path })
    const needed = publicRoutes.includes(name) ? 'public' : roles.find((role) => role === said.get(name)?.role)
    if (!needed) throw new Error(`The route ${name} names no role.`)
    table.set(name, { method, path, needed, notInEmergency: said.get(name)?.notInEmergency ?? false })
  }
  return { find: (route) => table.get(nameOf(route)), list: () => [...table.values()] }
}

function nameOf({ method, path }: RouteName): string {
  return `${method} ${path}`
}
