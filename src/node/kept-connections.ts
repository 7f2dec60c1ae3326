import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Agents } from 'got'
import { buildConnector, Client, type Dispatcher, Agent as FetchAgent, Pool } from 'undici'

type Kept = {
  /** Resolves names; left out: the system's resolver. */
  lookup?: LookupFunction
  /** How long an idle connection is kept whose server does not say how long it waits. */
  silentMs?: { reads: number; writes: number }
}

/** Connections to vendors, for calls by got and by fetch. They are shared by the calls of one holder alone. */
export type KeptConnections = { agents: Agents; fetch: typeof fetch }

/** The longest that a server's own word is taken for, as undici does. */
const mostMs = 600_000

/**
 * Keeps connections for the next call: for as long as the server says, less a margin. Where it says nothing, it may close
 * a connection at the moment at which a call is written to it. A read is then retried (`retryRead`), a write is not: it
 * goes over such a connection only for as long as Node and undici keep one by themselves, 4 s, so that no more writes are
 * cut than with their defaults.
 */
export function makeKeptConnections({
  lookup,
  silentMs = { reads: 30_000, writes: 4000 },
}: Kept = {}): KeptConnections {
  const settings = { keepAlive: true, timeout: mostMs, ...(lookup ? { lookup } : {}) }
  const agents = {
    http: keepAsSaid(new HttpAgent(settings), silentMs.writes),
    https: keepAsSaid(new HttpsAgent(settings), silentMs.writes),
  }
  const agent = new FetchAgent({
    ...(lookup ? { connect: { lookup } } : {}),
    keepAliveTimeout: silentMs.reads,
    keepAliveMaxTimeout: mostMs,
    factory: (origin, options) =>
      new Pool(origin, { ...options, factory: (at, given) => new Connection(at, given, silentMs.writes) }),
  })
  // Node's fetch takes the dispatcher of the package that it was built from; the types of the two differ by version.
  const dispatcher = agent as unknown as NonNullable<RequestInit['dispatcher']>
  return { agents, fetch: (input, init) => fetch(input, { ...init, dispatcher }) }
}

/** Node lowers an agent's timeout to what a server says: where it did not, the server said nothing. */
function keepAsSaid<Of extends HttpAgent>(agent: Of, silentMs: number): Of {
  const keep = agent.keepSocketAlive.bind(agent)
  return Object.assign(agent, {
    keepSocketAlive(socket: Parameters<typeof keep>[0] & { timeout?: number; setTimeout(ms: number): void }) {
      const isKept = keep(socket)
      if (socket.timeout === mostMs) socket.setTimeout(silentMs)
      return isKept
    },
  })
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** One connection of a pool, which gives it one call at a time. Before a write it is made anew if it was idle for long. */
class Connection extends Client {
  readonly #writesMs: number
  #socket: { destroy(): unknown } | null = null
  #idleSince = 0

  constructor(origin: URL, options: Client.Options, writesMs: number) {
    const connect = typeof options.connect === 'function' ? options.connect : buildConnector(options.connect ?? {})
    super(origin, {
      ...options,
      connect: (asked, done) =>
        connect(asked, (...[failed, socket]: Parameters<typeof done>) => {
          this.#socket = socket
          return failed ? done(failed, null) : done(null, socket as NonNullable<typeof socket>)
        }),
    })
    this.#writesMs = writesMs
    this.on('drain', () => {
      this.#idleSince = performance.now()
    })
  }

  override dispatch(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const isIdle = this.stats.size === 0
    if (isIdle && !reads.has(call.method) && performance.now() - this.#idleSince > this.#writesMs) {
      // The call waits in this client until the end of the socket is seen, and then for another one.
      this.#socket?.destroy()
    }
    return super.dispatch(call, handler)
  }
}
