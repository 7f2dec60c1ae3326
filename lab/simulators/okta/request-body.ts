import type { Context } from 'hono'
import { isJsonObject, type JsonObject } from '../json.ts'
import { OktaFault } from './errors.ts'

/** The JSON object of a request, or Okta's "not well-formed". */
export async function readJsonBody(c: Context): Promise<JsonObject> {
  try {
    const body: unknown = await c.req.json()
    if (isJsonObject(body)) return body
  } catch {
    // Whatever could not be parsed is answered like what is no object.
  }
  throw new OktaFault('E0000003')
}
