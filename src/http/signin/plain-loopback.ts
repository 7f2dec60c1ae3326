import type { Context } from 'hono'
import { isLoopback } from '../../core/settings.ts'

/** Headers that a proxy adds: behind one, who asks is not on this machine, whatever `Host` says. */
const forwarding =
  /^(forwarded|via|cdn-loop|x-real-ip|x-forwarded(-.*)?|x-original-.*|x-envoy-.*|([a-z]+-)*(client|connecting)-ip)$/

/**
 * Whether a request came over plain http to a loopback name, past no proxy. A page of another site cannot make one under
 * such a name: its own name stands in `Host`, also where that leads to this machine (DNS rebinding).
 */
export function isPlainLoopback(c: Context<{ Bindings: { incoming?: object } }>): boolean {
  const { protocol, hostname, host } = new URL(c.req.url)
  const named = c.req.header('host') ?? host
  const isLocal = URL.canParse(`http://${named}`) && isLoopback(new URL(`http://${named}`).hostname)
  const isForwarded = [...c.req.raw.headers.keys()].some((name) => forwarding.test(name))
  // A request of HTTP/1.0 need not name a host, and Node's adapter gives it one: localhost.
  const isNamed = c.env?.incoming === undefined || c.req.header('host') !== undefined
  return protocol === 'http:' && isLoopback(hostname) && isLocal && isNamed && !isForwarded
}
