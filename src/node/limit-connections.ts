import type { ServerOptions } from 'node:http'

/** How long a connection is kept on which nothing is asked. */
export const idleSeconds = 75

/** How long a sender may take for a request. */
export const requestSeconds = 15

/**
 * How long a connection may be idle, and how long a sender may take for the head and for the whole of a request. Idle
 * connections outlive those of the usual balancers (60 s): one that the hub closes first is a 502 for whatever the
 * balancer sends into it. `scale` is for tests.
 */
export function limitConnections(scale = 1): ServerOptions {
  return {
    keepAliveTimeout: idleSeconds * 1000 * scale,
    headersTimeout: requestSeconds * 1000 * scale,
    requestTimeout: requestSeconds * 1000 * scale,
    // How often the two limits above are looked at.
    connectionsCheckingInterval: 2_000 * scale,
  }
}
