import type { Context } from 'hono'
import { isJsonObject, type JsonObject } from '../json.ts'
import { GitHubFault } from './errors.ts'

/** The JSON object of a request. */
export async function readBody(c: Context): Promise<JsonObject> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (isJsonObject(body)) return body
  throw new GitHubFault(400, 'Problems parsing JSON')
}
