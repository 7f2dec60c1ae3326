import type { Hono } from 'hono'
import type { Configuration } from '../config/configuration.ts'
import { readSignIn } from '../config/sign-in.ts'
import { systemClock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { WorkScope } from '../core/work-scope.ts'
import { serveOidc } from '../http/signin/serve-oidc.ts'
import type { Traced } from '../http/trace.ts'
import type { Hub } from '../hub.ts'
import { makeOutbound } from '../outbound/outbound.ts'
import { makeFindIssuer } from '../signin/oidc/issuer.ts'
import { makeOutboundGuard } from './outbound-guard.ts'

/** Serves the sign-in by OpenID Connect, where the settings name an issuer. Calls to it are limited and guarded as those of connectors are. */
export function openSignIn(
  { hub: settings }: Pick<Configuration, 'hub'>,
  { journal, installed, log, scope }: Pick<Hub, 'journal' | 'installed'> & { log: Log; scope: WorkScope },
): Hono<{ Variables: Traced }> | undefined {
  const signIn = readSignIn(settings)
  if (!signIn) return undefined
  const guard = makeOutboundGuard({ allow: settings.HUB_OUTBOUND_ALLOW })
  const timeoutSeconds = settings.HUB_OUTBOUND_SECONDS
  const { fetch } = makeOutbound({ timeoutSeconds, clock: systemClock, guard })({ issuer: signIn.settings.address })
  const findIssuer = makeFindIssuer(signIn.settings, { fetch, clock: systemClock })
  return serveOidc({ ...signIn, journal, installed, log, scope, findIssuer, clock: systemClock })
}
