import type { Client } from '@okta/okta-sdk-nodejs'
import { CredentialError, type Retry } from '../../../src/index.ts'
import { type OktaFailure, readFailure } from './errors.ts'
import { routeThroughFetch } from './executor.ts'

export type OktaAnswer = { ok: true; body: unknown; headers: Headers } | ({ ok: false } & OktaFailure)

type OktaRequest = { path: string; query?: Record<string, string>; signal?: AbortSignal }

export type OktaClient = {
  /** Reads; after a cut connection it tries again at once. Returns any answer, 4xx and 5xx too; throws if there is none. */
  get(request: OktaRequest): Promise<OktaAnswer>
  /** Writes; sends the request once. */
  send(request: OktaRequest & { method: 'POST' | 'PUT' | 'DELETE'; body?: unknown }): Promise<OktaAnswer>
}

/** One credential: an API token, or an app with its key. */
type Credential = {
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
  /** The setting that holds the key, for the error message when the key is wrong. */
  keySetting?: string
}

/**
 * Connects with Okta's SDK. It is loaded here and not at the top, because that takes 0.7 s and 130 MB. Its cache and its
 * retries are off. Its models are not used, because they drop fields that they do not know.
 */
export async function connectOkta(question: ConnectQuestion): Promise<OktaClient> {
  const { orgUrl, credential, scopes, fetch, retry, keySetting = 'OKTA_PRIVATE_KEY' } = question
  const { Client, RequestExecutor } = await import('@okta/okta-sdk-nodejs')
  const sdk = makeClient(Client, {
    orgUrl,
    userAgent: 'bellhop',
    requestExecutor: routeThroughFetch(new RequestExecutor(), fetch),
    // By default the SDK caches every GET for ever: a deactivated person would still read ACTIVE.
    cacheMiddleware: null,
    ...toSdkCredential(credential, scopes),
  })
  if (credential.OKTA_PRIVATE_KEY) await checkKey(sdk, keySetting)

  return {
    get: (request) => retry(() => sendCall(sdk, { ...request, method: 'GET' })),
    send: (request) => sendCall(sdk, request),
  }
}

/**
 * Gives every key that the SDK knows, empty where there is no value: the SDK silently reads a key that is left out from
 * `okta.yaml` or from `OKTA_CLIENT_*`.
 */
function toSdkCredential(credential: Credential, scopes: string[]) {
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
    // The SDK's error is not passed on: about an `okta.yaml` that it cannot parse, it quotes the lines with the secrets.
    throw new CredentialError("Okta's SDK refused to start. Remove or mend any okta.yaml here or in ~/.okta.")
  }
}

/** With a wrong key the SDK would fail at every call, with an error that looks temporary. */
async function checkKey(sdk: Client, keySetting: string): Promise<void> {
  const header = await sdk.oauth.getJwt('/oauth2/v1/token').then(
    (jwt) => atob(jwt.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    () => '',
  )
  if (header.includes('"RS')) return
  throw new CredentialError(`${keySetting} is not an RSA private key in PEM or JWK form.`)
}

type Call = OktaRequest & { method: string; body?: unknown }

async function sendCall(sdk: Client, { method, path, query, signal, body }: Call): Promise<OktaAnswer> {
  const url = new URL(path, `${sdk.baseUrl}/`)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  // Okta's docs write a space as %20 only.
  url.search = url.search.replaceAll('+', '%20')
  // The SDK passes the request object on to the executor as it is, so that the signal reaches it.
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
