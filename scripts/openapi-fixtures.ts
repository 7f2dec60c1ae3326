import { mkdir, readFile, writeFile } from 'node:fs/promises'

// Cuts the vendors' OpenAPI documents down to what the tests validate the simulated tenants against.
//
//   node scripts/openapi-fixtures.ts okta=<okta-management.json> auth0=<auth0-management.json> github=<api.github.com.json>
//
// Any of them alone will do. GitHub's is in the npm package @octokit/openapi (`npm pack`), too large to depend on.
// Structure only: descriptions, examples and vendor extensions go; of each operation the response schemas stay.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const FOLDER = new URL('../test/fixtures/openapi/', import.meta.url)

const VENDORS = [
  {
    name: 'okta',
    operations: {
      '/api/v1/users': ['get', 'post'],
      '/api/v1/users/{id}': ['get', 'post', 'delete'],
      '/api/v1/users/{id}/groups': ['get'],
      '/api/v1/users/{id}/appLinks': ['get'],
      '/api/v1/users/{id}/lifecycle/activate': ['post'],
      '/api/v1/users/{id}/lifecycle/deactivate': ['post'],
      '/api/v1/users/{id}/lifecycle/suspend': ['post'],
      '/api/v1/users/{id}/lifecycle/unsuspend': ['post'],
      '/api/v1/users/{id}/lifecycle/reactivate': ['post'],
      '/api/v1/users/{id}/lifecycle/unlock': ['post'],
      '/api/v1/users/{id}/lifecycle/expire_password': ['post'],
      '/api/v1/users/{id}/lifecycle/reset_password': ['post'],
      '/api/v1/groups/{groupId}': ['get'],
      '/api/v1/groups/{groupId}/users': ['get'],
      '/api/v1/groups/{groupId}/users/{userId}': ['put', 'delete'],
      '/api/v1/groups/{groupId}/roles': ['get'],
      '/api/v1/apps/{appId}': ['get'],
      '/api/v1/apps/{appId}/users': ['get', 'post'],
      '/api/v1/apps/{appId}/users/{userId}': ['get', 'delete'],
      '/api/v1/eventHooks': ['get', 'post'],
      '/api/v1/eventHooks/{eventHookId}': ['get', 'put', 'delete'],
      '/api/v1/eventHooks/{eventHookId}/lifecycle/activate': ['post'],
      '/api/v1/eventHooks/{eventHookId}/lifecycle/deactivate': ['post'],
      '/api/v1/eventHooks/{eventHookId}/lifecycle/verify': ['post'],
      '/api/v1/logs': ['get'],
      '/api/v1/org': ['get'],
    },
  },
  {
    name: 'auth0',
    operations: {
      '/users': ['get', 'post'],
      '/users-by-email': ['get'],
      '/users/{id}': ['get', 'patch', 'delete'],
      '/users/{id}/identities': ['post'],
      '/users/{id}/identities/{provider}/{user_id}': ['delete'],
      '/users/{id}/revoke-access': ['post'],
      '/users/{user_id}/sessions': ['get', 'delete'],
      '/users/{user_id}/refresh-tokens': ['get', 'delete'],
      '/sessions/{id}': ['get', 'delete'],
      '/sessions/{id}/revoke': ['post'],
      '/refresh-tokens': ['get'],
      '/refresh-tokens/revoke': ['post'],
      '/refresh-tokens/{id}': ['get', 'delete'],
      '/device-credentials': ['get'],
      '/device-credentials/{id}': ['delete'],
      '/connections': ['get'],
      '/roles': ['get'],
      '/roles/{id}': ['get'],
      '/roles/{id}/permissions': ['get'],
      '/users/{id}/roles': ['get', 'post', 'delete'],
      '/users/{id}/organizations': ['get'],
      '/organizations/{id}': ['get'],
      '/organizations/{id}/members': ['post', 'delete'],
      '/organizations/{id}/members/{user_id}/roles': ['get', 'post', 'delete'],
      '/actions/actions': ['get', 'post'],
      '/actions/actions/{id}': ['get', 'patch', 'delete'],
      '/actions/actions/{id}/deploy': ['post'],
      '/actions/actions/{actionId}/versions': ['get'],
      '/actions/triggers': ['get'],
      '/actions/triggers/{triggerId}/bindings': ['get', 'patch'],
    },
  },
  {
    name: 'github',
    operations: {
      '/orgs/{org}/memberships/{username}': ['get', 'put', 'delete'],
      '/orgs/{org}/invitations': ['get', 'post'],
      '/orgs/{org}/invitations/{invitation_id}': ['delete'],
      '/orgs/{org}/invitations/{invitation_id}/teams': ['get'],
      '/orgs/{org}/teams/{team_slug}': ['get'],
      '/orgs/{org}/teams/{team_slug}/memberships/{username}': ['get', 'put', 'delete'],
      '/orgs/{org}/organization-roles': ['get'],
      '/orgs/{org}/organization-roles/{role_id}/teams': ['get'],
      '/user/{account_id}': ['get'],
    },
  },
] as const

const NOISE = new Set(['description', 'example', 'examples', 'title', 'default', 'externalDocs', 'deprecated'])

async function main(): Promise<void> {
  const paths = process.argv.slice(2).map((given) => given.split('='))
  const chosen = VENDORS.flatMap((vendor) =>
    paths.filter(([name, path]) => name === vendor.name && path).map(([, path = '']) => ({ ...vendor, path })),
  )
  if (chosen.length === 0 || chosen.length !== paths.length) {
    console.error(`Usage: node scripts/openapi-fixtures.ts ${VENDORS.map(({ name }) => `${name}=<file>`).join(' ')}`)
    process.exitCode = 1
    return
  }
  await mkdir(FOLDER, { recursive: true })
  for (const { name, operations, path } of chosen) {
    const document: Json = JSON.parse(await readFile(path, 'utf8'))
    const text = `${JSON.stringify(cutDown(document, operations), null, 1)}\n`
    await writeFile(new URL(`${name}.json`, FOLDER), text)
    console.log(`test/fixtures/openapi/${name}.json: ${Math.round(text.length / 1000)} kB`)
  }
}

function cutDown(document: Json, operations: Record<string, readonly string[]>): JsonObject {
  const paths: JsonObject = {}
  for (const [path, methods] of Object.entries(operations)) {
    paths[path] = Object.fromEntries(methods.map((method) => [method, cutOperation(document, { path, method })]))
  }
  const schemas: JsonObject = {}
  for (const name of reachableFrom(document, paths))
    schemas[name] = strip(at(document, ['components', 'schemas', name]))
  return { openapi: at(document, ['openapi']), paths, components: { schemas } }
}

/** Keeps, for each status, the schema of the JSON answer, or null for an answer without a body. */
function cutOperation(document: Json, { path, method }: { path: string; method: string }): Json {
  const responses = at(document, ['paths', path, method, 'responses'])
  if (!isObject(responses)) throw new Error(`The document has no ${method} ${path}`)
  const kept = Object.entries(responses).map(([status, response]): [string, Json] => {
    const schema = at(resolve(document, response), ['content', 'application/json', 'schema'])
    return [status, strip(schema ?? null)]
  })
  return { responses: Object.fromEntries(kept) }
}

function reachableFrom(document: Json, start: Json): string[] {
  const found = new Set<string>()
  const visit = (value: Json): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (!isObject(value)) return
    const name = typeof value.$ref === 'string' ? value.$ref.split('/').at(-1) : undefined
    if (name && !found.has(name)) {
      found.add(name)
      visit(strip(at(document, ['components', 'schemas', name])))
    }
    for (const member of Object.values(value)) visit(member)
  }
  visit(start)
  return [...found].sort()
}

/** Drops what says nothing about structure; a property may well be called "description", so those are kept. */
function strip(value: Json, parent?: string): Json {
  if (Array.isArray(value)) return value.map((item) => strip(item))
  if (!isObject(value)) return value
  const holdsNames = parent === 'properties'
  const kept = Object.entries(value).filter(([key]) => holdsNames || !(NOISE.has(key) || key.startsWith('x-')))
  return Object.fromEntries(kept.map(([key, member]) => [key, strip(member, holdsNames ? undefined : key)]))
}

function resolve(document: Json, value: Json): Json {
  if (!isObject(value) || typeof value.$ref !== 'string') return value
  return at(document, value.$ref.slice('#/'.length).split('/'))
}

function at(value: Json, path: string[]): Json {
  return path.reduce<Json>((found, key) => (isObject(found) ? (found[key] ?? null) : null), value)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

await main()
