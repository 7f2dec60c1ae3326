import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { isJsonObject, type JsonObject, randomId } from '../values.ts'
import { OktaFault } from './errors.ts'

/** An API token; without scopes it may do everything, as the token of a super admin may. */
export type OktaApiToken = { value: string; scopes?: string[] }

/** A service app that authenticates with private_key_jwt. */
export type OktaServiceApp = { clientId: string; publicKey: JsonWebKey; scopes: string[] }

export type OktaCredentials = {
  /** Checks the Authorization header of an API call; throws Okta's 401 or 403. */
  authorize: (header: string | undefined, scopes: string[]) => void
  /** `POST /oauth2/v1/token`: client_credentials with a signed assertion. */
  exchange: (form: URLSearchParams, tokenUrl: string) => Response
  /** Makes an API token or an issued access token worthless. */
  revoke: (token: string) => void
}

const TOKEN_LIFETIME_SECONDS = 3600
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const EVERYTHING = '*'

export function createCredentials(options: { tokens: OktaApiToken[]; apps: OktaServiceApp[] }): OktaCredentials {
  const granted = new Map<string, string[]>()
  for (const { value, scopes } of options.tokens) granted.set(`SSWS ${value}`, scopes ?? [EVERYTHING])

  return {
    authorize: (header, scopes) => {
      const held = header ? granted.get(header) : undefined
      if (!held) throw new OktaFault('E0000011')
      if (held.includes(EVERYTHING) || scopes.some((scope) => held.includes(scope))) return
      throw new OktaFault('E0000006')
    },
    exchange: (form, tokenUrl) => {
      const app = findApp({ form, tokenUrl, apps: options.apps })
      if (!app) return oauthError(401, 'invalid_client', 'The client_assertion token is not valid.')
      const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
      if (form.get('grant_type') !== 'client_credentials') {
        return oauthError(400, 'unsupported_grant_type', 'Only client_credentials is offered to service apps.')
      }
      if (scopes.length === 0 || scopes.some((scope) => !app.scopes.includes(scope))) {
        return oauthError(400, 'invalid_scope', 'One or more scopes are not granted to the client application.')
      }
      const token = randomId('eyJ', 120)
      granted.set(`Bearer ${token}`, scopes)
      setTimeout(() => granted.delete(`Bearer ${token}`), TOKEN_LIFETIME_SECONDS * 1000).unref()
      return Response.json({
        token_type: 'Bearer',
        expires_in: TOKEN_LIFETIME_SECONDS,
        access_token: token,
        scope: scopes.join(' '),
      })
    },
    revoke: (token) => {
      granted.delete(`SSWS ${token}`)
      granted.delete(`Bearer ${token}`)
    },
  }
}

function findApp(options: {
  form: URLSearchParams
  tokenUrl: string
  apps: OktaServiceApp[]
}): OktaServiceApp | undefined {
  if (options.form.get('client_assertion_type') !== ASSERTION_TYPE) return undefined
  const [head, claims, signature] = (options.form.get('client_assertion') ?? '').split('.')
  if (!head || !claims || !signature) return undefined
  const { iss, sub, aud, exp } = decode(claims)
  const app = options.apps.find(({ clientId }) => clientId === iss && clientId === sub)
  if (!app || aud !== options.tokenUrl || typeof exp !== 'number' || exp * 1000 < Date.now()) return undefined
  const key = createPublicKey({ key: app.publicKey, format: 'jwk' })
  const signed = Buffer.from(`${head}.${claims}`)
  // JWS carries ECDSA signatures as r and s side by side, not in DER.
  const genuine = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  return genuine ? app : undefined
}

function decode(part: string): JsonObject {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isJsonObject(claims) ? claims : {}
  } catch {
    return {}
  }
}

function oauthError(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status })
}
