import type { Client } from '@okta/okta-sdk-nodejs'
import { CredentialError, type Retry } from '../../../src/index.ts'
import { type OktaFailure, readFailure } from './errors.ts'
import { useFetch } from './executor.ts'

export type OktaAnswer = { ok: true; body: unknown; headers: Headers } | ({ ok: false } & OktaFailure)

export type OktaRequest = { path: string; query?: Record<string, string>; signal?: AbortSignal }

export type OktaClient = {
  /** A read: a cut connection is tried again at once. Any answer of Okta's returns; only weather throws. */
  get(request: OktaRequest): Promise<OktaAnswer>
  /** A write: sent once. */
  send(request: OktaRequest & { method: 'POST' | 'PUT' | 'DELETE'; body?: unknown }): Promise<OktaAnswer>
}

/** One way in: an API token, or an app with its key. */
export type Credential = {
  OKTA_API_TOKEN?: string | undefined
  OKTA_CLIENT_ID?: string | undefined
  OKTA_PRIVATE_KEY?: string | undefined
  OKTA_KEY_ID?: string | undefined
}

type ConnectQuestion = {
  orgUrl: string
  credential: Credential
  scopes: string[]
  fetch: typeof globalThis.fetch
  retry: Retry
  /** Where the key was set, to name it when it is wrong. */
  keySetting?: string
}

/**
 * Okta's SDK, with what it does by itself switched off. It is loaded here and not at the top: that takes the better
 * part of a second and 130 MB. It signs and errors as it does; its models are left aside, because they drop fields
 * they do not know.
 */
export async function connectOkta(question: ConnectQuestion): Promise<OktaClient> {
  const { orgUrl, credential, scopes, fetch, retry, keySetting = 'OKTA_PRIVATE_KEY' } = question
  const { Client, RequestExecutor } = await import('@okta/okta-sdk-nodejs')
  const sdk = makeClient(Client, {
    orgUrl,
    userAgent: 'bellhop',
    requestExecutor: useFetch(new RequestExecutor(), fetch),
    // Without this every GET is remembered for ever, and a deactivated person still reads ACTIVE.
    cacheMiddleware: null,
    ...credentialOf(credential, scopes),
  })
  if (credential.OKTA_PRIVATE_KEY) await checkKey(sdk, keySetting)

  return {
    get: (request) => retry(() => call(sdk, { ...request, method: 'GET' })),
    send: (request) => call(sdk, request),
  }
}

/**
 * Every key the SDK knows is given, empty if need be: what is left out, it takes from `okta.yaml` or `OKTA_CLIENT_*`
 * without a word.
 */
function credentialOf(credential: Credential, scopes: string[]) {
  const { OKTA_API_TOKEN, OKTA_CLIENT_ID, OKTA_PRIVATE_KEY, OKTA_KEY_ID } = credential
  if (OKTA_API_TOKEN) {
    return {
      authorizationMode: 'SSWS',
      token: OKTA_API_TOKEN,
      clientId: '',
      scopes: [''],
      privateKey: '',
      keyId: '',
    }
  }
  return {
    authorizationMode: 'PrivateKey',
    token: '',
    clientId: OKTA_CLIENT_ID ?? '',
    scopes,
    privateKey: OKTA_PRIVATE_KEY ?? '',
    keyId: OKTA_KEY_ID ?? '',
  }
}

type SdkSettings = ConstructorParameters<typeof Client>[0] & { userAgent: string }

function makeClient(Sdk: typeof Client, settings: SdkSettings): Client {
  try {
    return new Sdk(settings)
  } catch {
    // The error is not passed on: if an `okta.yaml` cannot be read, it quotes the lines, secrets and all.
    throw new CredentialError("Okta's SDK refused to start. Remove or mend any okta.yaml here or in ~/.okta.")
  }
}

/** The SDK would trip over a wrong key at every call, with an error that looks like weather. */
async function checkKey(sdk: Client, keySetting: string): Promise<void> {
  const header = await sdk.oauth.getJwt('/oauth2/v1/token').then(
    (jwt) => atob(jwt.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    () => '',
  )
  if (header.includes('"RS')) return
  throw new CredentialError(`${keySetting} is not an RSA private key in PEM or JWK form.`)
}

type Call = OktaRequest & { method: string; body?: unknown }

async function call(sdk: Client, { method, path, query, signal, body }: Call): Promise<OktaAnswer> {
  const url = new URL(path, `${sdk.baseUrl}/`)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  // Okta's docs write a space as %20 only.
  url.search = url.search.replaceAll('+', '%20')
  // The SDK hands the request on to the executor as it is, the signal with it.
  const request = {
    url: url.href,
    method,
    headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }
  try {
    const response: Response = await sdk.http.http(request.url, request)
    return { ok: true, body: await readJson(response), headers: response.headers }
  } catch (thrown) {
    const failure = readFailure(thrown)
    if (failure === null) throw thrown
    return { ok: false, ...failure }
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  return text === '' ? null : JSON.parse(text)
}
