import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { type BrowserSecret, readBrowserSecret } from '../../signin/oidc/browser-secret.ts'

/**
 * A cookie for each sign-in that a browser began, named after its state: two tabs that begin one do not end each other's.
 * `__Host-`: no other host of the domain can set it. On plain loopback browsers do not take that name.
 */
function nameOf(state: string, isSecure: boolean): string {
  return `${isSecure ? '__Host-' : ''}bellhop-signin-${state.slice(0, 8)}`
}

/** Lax: the issuer sends the browser back from another site. */
function attributesOf(isSecure: boolean) {
  return { path: '/', httpOnly: true, secure: isSecure, sameSite: 'Lax' } as const
}

type Kept = { isSecure: boolean; seconds: number }

export function setStartCookie(c: Context, secret: BrowserSecret, { isSecure, seconds }: Kept): void {
  setCookie(c, nameOf(secret.state, isSecure), secret.text, { ...attributesOf(isSecure), maxAge: seconds })
}

/** Takes the cookie of the sign-in with this state from the browser; null: it did not begin it. */
export function takeStartCookie(c: Context, state: string, isSecure: boolean): BrowserSecret | null {
  if (!/^[0-9a-f]{64}$/.test(state)) return null
  const name = nameOf(state, isSecure)
  const text = getCookie(c, name)
  if (text === undefined) return null
  deleteCookie(c, name, attributesOf(isSecure))
  return readBrowserSecret(text)
}
