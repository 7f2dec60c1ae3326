import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { isPlainLoopback } from './plain-loopback.ts'

const name = 'bellhop'

/** Scripts never see it, and other sites have it sent with a plain link alone. */
const always = { path: '/', httpOnly: true, sameSite: 'Lax' } as const

/**
 * Gives the browser its session: `__Host-bellhop`, which only this host can set, over TLS alone. On plain loopback some
 * browsers take no such cookie: there it is `bellhop`. Without an age: it goes when the browser is closed.
 */
export function setSessionCookie(c: Context, { secret }: { secret: string }): void {
  if (isPlainLoopback(c)) setCookie(c, name, secret, always)
  else setCookie(c, name, secret, { ...always, prefix: 'host', secure: true })
}

/** The secret of a session that a request bears; undefined: none. The other name counts on plain loopback alone. */
export function readSessionCookie(c: Context): string | undefined {
  return getCookie(c, name, 'host') ?? (isPlainLoopback(c) ? getCookie(c, name) : undefined)
}

/** Takes the session's cookie away from the browser. */
export function dropSessionCookie(c: Context): void {
  if (isPlainLoopback(c)) setCookie(c, name, '', { ...always, maxAge: 0 })
  setCookie(c, name, '', { ...always, prefix: 'host', secure: true, maxAge: 0 })
}
