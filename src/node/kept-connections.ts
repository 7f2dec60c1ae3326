import { type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Agents } from 'got'
import { buildConnector, Client, type Dispatcher, Agent as FetchAgent, Pool } from 'undici'
import { noWorkScope, type WorkScope } from '../core/work-scope.ts'

type Kept = {
  /** Resolves names; left out: the system's resolver. */
  lookup?: LookupFunction
  /** How long an idle connection is kept whose server does not say how long it waits. */
  silentMs?: { reads: number; writes: number }
  scope?: WorkScope
}

/** Connections to vendors, for calls by got and by fetch. They are shared by the calls of one holder alone. */
export type KeptConnections = { agents: Agents; fetch: typeof fetch }

/** The longest that a server's own word is taken for, as undici does. */
const mostMs = 600_000

/**
 * Keeps connections for the next call: for as long as the server says, less a margin. Where it says nothing, it may close
 * a connection at the moment at which a call is written to it. A read is then retried (`retryRead`), a write is not: it
 * goes over such a connection only for as long as Node and undici keep one by themselves, 4 s, so that no more writes are
 * cut than with their defaults. Nor is a write begun after the lease of the work that it belongs to.
 */
export function makeKeptConnections({
  lookup,
  silentMs = { reads: 30_000, writes: 4000 },
  scope = noWorkScope,
}: Kept = {}): KeptConnections {
  const settings = { keepAlive: true, timeout: mostMs, ...(lookup ? { lookup } : {}) }
  const agents = {
    http: checkWrites(keepAsSaid(new HttpAgent(settings), silentMs.writes), scope),
    https: checkWrites(keepAsSaid(new HttpsAgent(settings), silentMs.writes), scope),
  }
  const agent = new FetchAgent({
    ...(lookup ? { connect: { lookup } } : {}),
    keepAliveTimeout: silentMs.reads,
    keepAliveMaxTimeout: mostMs,
    factory: (origin, options) =>
      new Pool(origin, {
        ...options,
        factory: (at, given) => new Connection(at, given, { writesMs: silentMs.writes, scope }),
      }),
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

/** What Node's agents have, and their types do not: every request comes through it. */
type AddRequest = { addRequest(request: ClientRequest, ...more: unknown[]): void }

function checkWrites<Of extends HttpAgent>(agent: Of, scope: WorkScope): Of {
  const { addRequest } = agent as Of & AddRequest
  return Object.assign(agent, {
    addRequest(this: Of, request: ClientRequest, ...more: unknown[]) {
      const assertHeld = scope.notes()?.assertHeld
      if (assertHeld && !reads.has(request.method)) {
        request.once('socket', (socket) => {
          const check = () => {
            try {
              assertHeld()
            } catch (ended) {
              request.destroy(ended as Error)
            }
          }
          if (socket.connecting) socket.prependOnceListener('encrypted' in socket ? 'secureConnect' : 'connect', check)
          else check()
        })
      }
      addRequest.call(this, request, ...more)
    },
  })
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** One connection of a pool, which gives it one call at a time. Before a write it is made anew if it was idle for long. */
class Connection extends Client {
  readonly #writesMs: number
  readonly #scope: WorkScope
  #socket: { destroy(): unknown } | null = null
  #idleSince = 0

  constructor(origin: URL, options: Client.Options, { writesMs, scope }: { writesMs: number; scope: WorkScope }) {
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
    this.#scope = scope
    this.on('drain', () => {
      this.#idleSince = performance.now()
    })
  }

  override dispatch(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (reads.has(call.method)) return super.dispatch(call, handler)
    const isIdle = this.stats.size === 0
    if (isIdle && performance.now() - this.#idleSince > this.#writesMs) {
      // The call waits in this client until the end of the socket is seen, and then for another one.
      this.#socket?.destroy()
    }
    const assertHeld = this.#scope.notes()?.assertHeld
    return super.dispatch(call, assertHeld ? checkAtConnect(handler, assertHeld) : handler)
  }
}

/** Undici calls `onConnect` when the call has its connection, right before it is written to it. */
function checkAtConnect(handler: Dispatcher.DispatchHandler, assertHeld: () => void): Dispatcher.DispatchHandler {
  const { onConnect } = handler
  return Object.assign(handler, {
    onConnect(this: Dispatcher.DispatchHandler, abort: (ended?: Error) => void) {
      try {
        assertHeld()
      } catch (ended) {
        return abort(ended as Error)
      }
      onConnect?.call(this, abort)
    },
  })
}
