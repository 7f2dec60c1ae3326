import { isRecord, type Tokens } from '../../../src/index.ts'

type Options = { fetch: typeof fetch; tokens: Tokens }

const name = 'management'

/**
 * Makes a `fetch` that answers the SDK's request for a token with the token that is kept, if there is one. Auth0 counts
 * each machine-to-machine token against a quota, and the SDK knows no place to keep one beyond its client.
 */
export function reuseToken({ fetch, tokens }: Options): typeof fetch {
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    if (new URL(address).pathname !== '/oauth/token') return fetch(input, init)
    const found = tokens.find(name)
    if (found) return Response.json({ access_token: found.text, token_type: 'Bearer', expires_in: found.lifeSeconds })
    const response = await fetch(input, init)
    if (!response.ok) return response
    const text = await response.text()
    const token = parseToken(text)
    if (token) tokens.keep(name, token)
    return new Response(text, { status: response.status, headers: response.headers })
  }
}

/** Null: the answer names no token or no life of it. What to say of that is the SDK's part. */
function parseToken(text: string): { text: string; lifeSeconds: number } | null {
  try {
    const body: unknown = JSON.parse(text)
    if (!isRecord(body) || typeof body.access_token !== 'string' || typeof body.expires_in !== 'number') return null
    return { text: body.access_token, lifeSeconds: body.expires_in }
  } catch {
    return null
  }
}
