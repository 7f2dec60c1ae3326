import type { HubSettings } from '../core/hub-settings.ts'

/** Where the issuer sends people back to, behind the address of the console. */
export const callbackPath = '/signin/callback'

/** What the settings say of the sign-in by OpenID Connect; null: there is none. */
export function readSignIn(settings: HubSettings) {
  const {
    HUB_CONSOLE_ISSUER: address,
    HUB_CONSOLE_CLIENT_ID: clientId,
    HUB_CONSOLE_CLIENT_SECRET: clientSecret,
    HUB_CONSOLE_ROLES: rules,
    HUB_CONSOLE_URL: url = settings.HUB_PUBLIC_URL,
  } = settings
  // They come together: the schema has seen to it.
  if (!address || !clientId || !clientSecret || !rules || !url) return null
  return {
    settings: {
      ...{ address, clientId, clientSecret },
      clientAuth: settings.HUB_CONSOLE_CLIENT_AUTH,
      scopes: settings.HUB_CONSOLE_SCOPES,
      redirectUri: `${new URL(url).origin}${callbackPath}`,
    },
    roles: {
      rules,
      claim: settings.HUB_CONSOLE_ROLES_CLAIM,
      emailConnection: settings.HUB_CONSOLE_EMAIL_CONNECTION ?? null,
    },
  }
}
