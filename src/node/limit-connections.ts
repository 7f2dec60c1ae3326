import type { ServerOptions } from 'node:http'

/**
 * How long a connection may be idle, and how long a sender may take for the head and for the whole of a request. Idle
 * connections outlive those of the usual balancers (60 s): one that the hub closes first is a 502 for whatever the
 * balancer sends into it. `scale` is for tests.
 */
export function limitConnections(scale = 1): ServerOptions {
  return {
    keepAliveTimeout: 75_000 * scale,
    headersTimeout: 15_000 * scale,
    requestTimeout: 15_000 * scale,
    // How often the two limits above are looked at.
    connectionsCheckingInterval: 2_000 * scale,
  }
}
