import { type RouteConfig, z } from '@hono/zod-openapi'
import { hideSecretsIn } from '../../core/redact.ts'
import type { Role } from '../../core/role.ts'
import type { Caller } from '../../signin/caller.ts'
import type { Api } from './needs.ts'
import { describeProblems } from './problem-schema.ts'

/** What an address begins with whose form is of this version of the API. */
export const apiRoot = '/api/v1'

/** What a request bears: a token, or the cookie of a session. */
export const apiSecurity = [{ token: [] }, { session: [] }]

type ReadRoute<Params extends z.ZodObject, Query extends z.ZodObject, Answer extends z.ZodType> = {
  /** Below the root, in the form of OpenAPI: `/deliveries/{id}`. */
  path: string
  role: Role
  summary: string
  tag: string
  params?: Params
  query?: Query
  answer: Answer
  /** The answer is a list that goes out as JSON Lines: the schema of one of them. */
  line?: z.ZodType
  /** Statuses of errors that the route has beside those that all have. */
  problems?: readonly (404 | 409 | 422)[]
}

/** What a route is asked, parsed by its schemas. */
type Asked<Params extends z.ZodObject, Query extends z.ZodObject> = {
  caller: Caller
  params: z.output<Params>
  query: z.output<Query>
}

/** A parameter that no route has asked for is refused: a filter that is misspelt must not be lost in silence. */
const noQuery = z.strictObject({})

/**
 * Adds a route that reads. What `read` returns goes out through the schema of the answer, which leaves out every field
 * that it does not name, and through the redactor.
 */
export function addRead<Params extends z.ZodObject, Query extends z.ZodObject, Answer extends z.ZodType>(
  api: Api,
  { path, role, summary, tag, params, query, answer, line, problems = [] }: ReadRoute<Params, Query, Answer>,
  read: (asked: Asked<Params, Query>) => Promise<z.input<Answer>>,
): void {
  const route: RouteConfig = {
    method: 'get',
    path: `${apiRoot}${path}`,
    summary,
    tags: [tag],
    'x-role': role,
    security: apiSecurity,
    request: { ...(params ? { params } : {}), query: query ?? noQuery },
    responses: {
      200: {
        description: summary,
        content: line ? { [jsonLines]: { schema: line } } : { 'application/json': { schema: answer } },
      },
      ...describeProblems([400, 401, 403, ...problems, 500, 503]),
    },
  }
  api.openapi(route, async (c) => {
    // The validators of the route have run: both are of the schemas' own types.
    const asked = {
      caller: c.get('caller'),
      params: c.req.valid('param' as never),
      query: c.req.valid('query' as never),
    }
    const found = hideSecretsIn(answer.parse(await read(asked)))
    if (!line || !Array.isArray(found)) return c.json(found)
    return c.body(writeLines(found), 200, { 'content-type': jsonLines })
  })
}

const jsonLines = 'application/x-ndjson'

function writeLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
