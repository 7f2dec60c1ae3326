import type { webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Context } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'

export const clientId = 'bellhop'
export const clientSecret = 'a-secret-of-the-application'
export const redirectUri = 'http://127.0.0.1:8787/signin/callback'

type Token = { header: Record<string, unknown>; claims: Record<string, unknown> }

export type TestIssuer = AsyncDisposable & {
  url: string
  /** Who logs in at its page, with the claims that it says of them. */
  account: { sub: string } & Record<string, unknown>
  /** Changes an ID token before it is signed anew with the issuer's key; null: it is sent as it was made. */
  forge: ((token: Token) => void) | null
  /** Signs what was changed with a key that is not the issuer's. */
  withOtherKey: boolean
  /** Every call of the hub to it, as `METHOD /path`. */
  calls: string[]
  isDown: boolean
  /** The `fetch` of the hub: over HTTP to the issuer, with what the tests change. */
  fetch: typeof fetch
}

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
}

/** A certified issuer of OpenID Connect in this process, over HTTP. Whoever comes to its page is logged in as `account`. */
export async function startIssuer(): Promise<TestIssuer> {
  const [own, other] = await Promise.all([makeKey(), makeKey()])
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(url, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    cookies: { keys: ['a-key-of-the-test'] },
    jwks: { keys: [await exportKey(own)] },
    adapter: createMemoryAdapter(),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ ...issuer.account, sub: id }) }),
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: () => '/login' },
    loadExistingGrant: grantAll,
    ttl: { Session: 86_400, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  })
  const serve = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/login')) return serve(request, response)
    void provider.interactionFinished(request, response, { login: { accountId: issuer.account.sub } })
  })
  const issuer: TestIssuer = {
    url,
    account: { sub: 'nobody' },
    forge: null,
    withOtherKey: false,
    calls: [],
    isDown: false,
    async fetch(input, init) {
      const asked = new URL(input instanceof Request ? input.url : String(input))
      issuer.calls.push(`${init?.method ?? 'GET'} ${asked.pathname}`)
      if (issuer.isDown) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
      const answer = await fetch(input, init)
      if (!issuer.forge || asked.pathname !== '/token' || !answer.ok) return answer
      const body = (await answer.json()) as { id_token: string }
      const key = issuer.withOtherKey ? other.privateKey : own.privateKey
      return Response.json({ ...body, id_token: await forgeToken(body.id_token, issuer.forge, key) })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return issuer
}

async function makeKey(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

/** Without what it may be used for: of the public half that is another thing. */
async function exportKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<object> {
  const { key_ops: _, ext: __, ...key } = await crypto.subtle.exportKey('jwk', privateKey)
  return { ...key, kid: 'own', use: 'sig', alg: 'RS256' }
}

/** Nobody is asked whether the hub may know who they are. */
async function grantAll({ oidc }: Context): Promise<object> {
  const known = oidc.session.grantIdFor(oidc.client.clientId)
  if (known !== undefined) return oidc.provider.Grant.find(known)
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
  grant.addOIDCScope('openid email profile groups')
  await grant.save()
  return grant
}

async function forgeToken(text: string, forge: (token: Token) => void, key: webcrypto.CryptoKey): Promise<string> {
  const [header = '', claims = ''] = text.split('.')
  const token: Token = { header: decode(header), claims: decode(claims) }
  forge(token)
  const signed = `${encode(token.header)}.${encode(token.claims)}`
  if (token.header.alg === 'none') return `${signed}.`
  const signature = await crypto.subtle.sign(algorithm.name, key, Buffer.from(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
