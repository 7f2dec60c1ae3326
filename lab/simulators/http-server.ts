import { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { createSimulationRoutes, SIMULATION_PATH } from './simulation.ts'
import type { Misbehaviour, Weather } from './weather.ts'

/** One request as the tenant saw it; `status` is 0 when the connection was cut. */
export type Call = {
  at: string
  method: string
  /** Decoded, without the query. */
  path: string
  query: Record<string, string>
  /** The trace to which the caller says that it belongs. */
  traceparent: string | null
  /** The parsed JSON body, if it was one. */
  body: unknown
  status: number
  durationMs: number
}

type RunningServer<T> = { url: string; port: number; calls: Call[]; tenant: T; close: () => Promise<void> }

export type Refusal = { status: number; resetSeconds: number }

/** What the server needs of a tenant: its answers, and the vendor's way to refuse. */
type ServedTenant = {
  handle: (request: Request) => Response | Promise<Response>
  refuse: (refusal: Refusal) => Response
}

type Control = { lists: Record<string, () => unknown>; calm: () => void; more?: Hono }

// A tenant may run for days beside a hub under test; the log keeps what a person would look at.
const CALLS_KEPT = 20_000

/**
 * Serves one simulated tenant on 127.0.0.1, with its weather and its call log.
 *
 * `build` is called once the port is known, because both vendors put their own URL into their answers.
 */
export async function startServer<T extends ServedTenant>(options: {
  port: number
  weather: Weather
  build: (url: string) => T
  /** Further lists of the remote control, and what else its calm ends. */
  control: (tenant: T) => Control
}): Promise<RunningServer<T>> {
  const calls: Call[] = []
  let tenant: T | undefined
  let remote: Hono | undefined
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      if (!tenant || !remote || !(env.outgoing instanceof ServerResponse)) return new Response(null, { status: 503 })
      if (new URL(request.url).pathname.startsWith(`${SIMULATION_PATH}/`)) return remote.fetch(request)
      const { outgoing } = env
      const call = await beginCall(request)
      const rule = options.weather.take(call)
      const response = await (rule ? meetWeather({ rule, request, tenant, outgoing }) : tenant.handle(request))
      endCall({ calls, call, status: response === RESPONSE_ALREADY_SENT ? 0 : response.status })
      return response
    },
  })
  const port = await listen(server, options.port)
  const url = `http://127.0.0.1:${port}`
  tenant = options.build(url)
  remote = remoteControl({ control: options.control(tenant), weather: options.weather, calls })
  return { url, port, calls, tenant, close: () => closeServer(server) }
}

function remoteControl({ control, weather, calls }: { control: Control; weather: Weather; calls: Call[] }): Hono {
  const { lists, calm, more } = control
  const remote = new Hono()
  if (more) remote.route(SIMULATION_PATH, more)
  const misbehave = weather.misbehave
  return remote.route('/', createSimulationRoutes({ lists: { calls: () => calls, ...lists }, misbehave, calm }))
}

async function meetWeather(options: {
  rule: Misbehaviour
  request: Request
  tenant: ServedTenant
  outgoing: HttpBindings['outgoing']
}): Promise<Response> {
  const { rule, request, tenant, outgoing } = options
  if (rule.delayMs) await sleep(rule.delayMs)
  if (rule.status) return tenant.refuse({ status: rule.status, resetSeconds: rule.resetSeconds ?? 1 })
  if (rule.answer) {
    const { status, body, headers = [['content-type', 'application/json']], afterWork } = rule.answer
    if (afterWork) await tenant.handle(request)
    return new Response(body, { status, headers })
  }
  if (rule.cut === 'before') return cut(outgoing)
  const response = await tenant.handle(request)
  if (rule.lateMs) await sleep(rule.lateMs)
  if (rule.cut === 'after') return cut(outgoing)
  if (rule.cut === 'midway') return cutMidway(outgoing, response)
  return response
}

function cut(outgoing: HttpBindings['outgoing']): Response {
  outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

async function cutMidway(outgoing: HttpBindings['outgoing'], response: Response): Promise<Response> {
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length === 0) return cut(outgoing)
  // The full length is announced, so that the caller knows that something is missing.
  outgoing.writeHead(response.status, { 'content-type': 'application/json', 'content-length': body.length })
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy())
  return RESPONSE_ALREADY_SENT
}

async function beginCall(request: Request): Promise<Call> {
  const { pathname, searchParams } = new URL(request.url)
  return {
    at: new Date().toISOString(),
    method: request.method,
    path: decodePath(pathname),
    query: Object.fromEntries(searchParams),
    traceparent: request.headers.get('traceparent'),
    body: await readJson(request),
    status: 0,
    durationMs: performance.now(),
  }
}

function endCall({ calls, call, status }: { calls: Call[]; call: Call; status: number }): void {
  calls.push({ ...call, status, durationMs: performance.now() - call.durationMs })
  if (calls.length > CALLS_KEPT) calls.shift()
}

async function readJson(request: Request): Promise<unknown> {
  if (!request.headers.get('content-type')?.includes('json')) return undefined
  try {
    return await request.clone().json()
  } catch {
    return undefined
  }
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

type Server = ReturnType<typeof createAdaptorServer>

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (address && typeof address === 'object') return resolve(address.port)
      reject(new Error('The tenant listens on no TCP port'))
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    // Kept-alive connections would hold the process; no test waits for a simulated tenant's last answer.
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}
