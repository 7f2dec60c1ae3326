import type { z } from 'zod'
import { vendorUrl } from './settings.ts'

/** What the hub itself puts behind its address: `/hooks`, `/hooks/okta`, `/hooks/lumos/auth0/provision`. */
const hookPath = /\/+hooks(?:\/.*)?$/i

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : ''
}

/** The address without the path of a hook; what else could hold a secret (a password, a query) is left out too. */
function leaveHookOut(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(hookPath, '')
}

/** The hub's own address as others reach it: without the path of a hook, which is put behind it wherever one is needed. */
export function publicUrl(): z.ZodType<string, string> {
  return vendorUrl().refine((url) => !hookPath.test(pathOf(url)), {
    error: ({ input }) =>
      `has the path of a hook, which is added where it is needed: write ${leaveHookOut(String(input))}`,
  })
}
