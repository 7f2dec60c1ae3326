import type { MiddlewareHandler } from 'hono'
import { NONCE, secureHeaders } from 'hono/secure-headers'

/**
 * The headers of everything that a browser is shown: nothing is loaded from anywhere, styles and scripts are those of the
 * page itself, by a nonce of each answer; no other page frames it or learns its address; nobody on the way keeps it. TLS
 * is the proxy's, and so is what it promises of it (HSTS).
 */
export function secureAnswers(): MiddlewareHandler {
  const secure = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [NONCE],
      scriptSrc: [NONCE],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    strictTransportSecurity: false,
  })
  return async (c, next) => {
    c.header('cache-control', 'no-store')
    return secure(c, next)
  }
}
