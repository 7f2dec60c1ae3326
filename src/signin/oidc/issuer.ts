import type * as OpenIdClient from 'openid-client'
import type { Clock } from '../../core/clock.ts'

/** The hub as a client of the issuer. */
export type IssuerSettings = {
  /** As the setting has it. What the issuer calls itself may end with a slash more. */
  address: string
  clientId: string
  clientSecret: string
  clientAuth: 'basic' | 'post'
  scopes: string
  /** Where the issuer sends people back to. */
  redirectUri: string
}

/** What was found out of the issuer, with the library that talks to it: the library is loaded with the first sign-in. */
export type FoundIssuer = {
  client: typeof OpenIdClient
  configuration: OpenIdClient.Configuration
  metadata: Readonly<OpenIdClient.ServerMetadata>
}

export type FindIssuer = () => Promise<FoundIssuer>

/** So long the discovery document is believed: an issuer changes its addresses rarely, and its keys are read apart. */
const believedSeconds = 600

/** The issuer is asked for a login no older than this, and no session outlasts it: who works here logs in at least twice a day. */
export const mostAgeSeconds = 12 * 60 * 60

/** How far the issuer's clock may be off. */
const toleranceSeconds = 30

type Needs = { fetch: typeof fetch; clock: Clock }

/**
 * Makes the reader of the issuer's discovery document. Sign-ins that begin at once share one reading, and a failed one is
 * not remembered. Every ID token is verified by the issuer's keys, though it came over TLS from the issuer itself.
 */
export function makeFindIssuer(settings: IssuerSettings, { fetch, clock }: Needs): FindIssuer {
  let found: { issuer: Promise<FoundIssuer>; until: number } | undefined
  const discover = async (): Promise<FoundIssuer> => {
    const client = await import('openid-client')
    const auth = settings.clientAuth === 'basic' ? client.ClientSecretBasic : client.ClientSecretPost
    const address = new URL(settings.address)
    const configuration = await client.discovery(
      address,
      settings.clientId,
      { [client.clockTolerance]: toleranceSeconds },
      auth(settings.clientSecret),
      {
        [client.customFetch]: fetch as OpenIdClient.CustomFetch,
        // The settings allow plain http for loopback alone, and the guard of outbound calls keeps others out.
        execute: [
          client.enableNonRepudiationChecks,
          ...(address.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    )
    return { client, configuration, metadata: configuration.serverMetadata() }
  }
  return () => {
    const now = clock.now().getTime()
    if (found && found.until > now) return found.issuer
    const issuer = discover()
    found = { issuer, until: now + believedSeconds * 1000 }
    issuer.catch(() => {
      if (found?.issuer === issuer) found = undefined
    })
    return issuer
  }
}
