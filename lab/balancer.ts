import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** One request that came in: the hub that had it last ('' where none was there), how it ended and when, in ms. */
type Passed = { url: string; outcome: number | 'timeout'; from: number; until: number }

export type Balancer = AsyncDisposable & {
  url: string
  /** Every request so far, its own answers (502, 503) included. */
  calls: readonly Passed[]
  /** Resolves when this hub gets requests. */
  takesIn(hubUrl: string): Promise<void>
  close(): Promise<void>
}

type BalancerOptions = { hubs: readonly string[]; checkEverySeconds: number }
type Hub = { url: string; agent: Agent; isIn: boolean; isAsked: boolean; failedChecks: number }

/** As many failed checks in a row take a hub out; one that succeeds takes it in. */
const failedChecksAllowed = 2
const checkTimeoutMs = 5000
const patienceMs = 60_000

/**
 * A small load balancer on 127.0.0.1 that does what others do as they come: it asks each hub's `/readyz` at an interval,
 * passes requests on in turn over connections that it keeps open, and tries another hub only where no connection could
 * be made. A connection that a hub closes over a request that was sent is a 502, because the request may have been
 * carried out. While no check succeeds it tries every hub, as Envoy and Amazon's do: a database that is slow for a
 * moment fails the checks of all hubs at once.
 */
export async function startBalancer({ hubs: urls, checkEverySeconds }: BalancerOptions): Promise<Balancer> {
  const hubs = urls.map(makeHub)
  const calls: Passed[] = []
  let turn = 0

  /** Tries one hub after the other; the answer goes to the sender, and its status is returned. */
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<Pick<Passed, 'url' | 'outcome'>> => {
    const chunks: Buffer[] = []
    for await (const chunk of asked) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const tried = new Set<Hub>()
    while (tried.size < hubs.length) {
      const left = hubs.filter((hub) => !tried.has(hub))
      const ready = left.filter(({ isIn }) => isIn)
      const choice = ready.length > 0 ? ready : left
      const hub = choice[turn++ % choice.length]
      if (!hub) break
      const outcome = await passTo(hub, { asked, answer, body })
      if (outcome !== 'refused') return { url: hub.url, outcome }
      tried.add(hub)
      hub.isIn = false
    }
    answer.writeHead(503).end()
    return { url: '', outcome: 503 }
  }

  const server = createServer(async (asked, answer) => {
    const from = Date.now()
    const began = performance.now()
    const passed = await pass(asked, answer).catch(() => ({ url: '', outcome: 'timeout' as const }))
    calls.push({ ...passed, from, until: from + performance.now() - began })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The balancer has no TCP port.')

  const checkAll = () => Promise.all(hubs.map(check))
  const timer = setInterval(checkAll, checkEverySeconds * 1000)
  await checkAll()

  const close = async () => {
    clearInterval(timer)
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    for (const { agent } of hubs) agent.destroy()
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async takesIn(hubUrl) {
      const deadline = Date.now() + patienceMs
      while (!hubs.some(({ url, isIn }) => url === hubUrl && isIn)) {
        if (Date.now() > deadline) throw new Error(`The balancer does not take ${hubUrl} in.`)
        await sleep(20)
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function makeHub(url: string): Hub {
  return { url, agent: new Agent({ keepAlive: true }), isIn: false, isAsked: false, failedChecks: 0 }
}

/** Asks over a connection of its own, which is how a hub that no longer listens shows itself. */
async function check(hub: Hub): Promise<void> {
  if (hub.isAsked) return
  hub.isAsked = true
  const isReady = await new Promise<boolean>((resolve) => {
    const signal = AbortSignal.timeout(checkTimeoutMs)
    request(`${hub.url}/readyz`, { agent: false, signal }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })
  hub.isAsked = false
  hub.failedChecks = isReady ? 0 : hub.failedChecks + 1
  if (isReady) hub.isIn = true
  else if (hub.failedChecks >= failedChecksAllowed) hub.isIn = false
}

type Passage = { asked: IncomingMessage; answer: ServerResponse; body: Buffer }

/** `refused`: no connection was made, so that nothing was sent; `timeout`: the sender left before there was an answer. */
function passTo({ url, agent }: Hub, { asked, answer, body }: Passage): Promise<number | 'refused' | 'timeout'> {
  const { method, url: path, headers } = asked
  return new Promise((resolve) => {
    let isConnected = false
    const call = request(`${url}${path}`, { method, headers: { ...headers, connection: 'keep-alive' }, agent })
    call.on('socket', (socket) => {
      if (!socket.connecting) isConnected = true
      else socket.once('connect', () => (isConnected = true))
    })
    call.on('response', (given) => {
      const { statusCode: status = 502, headers: theirs } = given
      // How long this connection lives is between the hub and the balancer.
      const { connection: _, 'keep-alive': __, ...passedOn } = theirs
      answer.writeHead(status, passedOn)
      given.pipe(answer)
      given.on('end', () => resolve(status)).on('error', () => resolve(502))
    })
    call.on('error', () => {
      if (answer.destroyed) return resolve('timeout')
      if (!isConnected) return resolve('refused')
      if (!answer.headersSent) answer.writeHead(502)
      answer.end()
      resolve(502)
    })
    answer.on('close', () => {
      if (!answer.writableFinished) call.destroy(new Error('The sender left.'))
    })
    call.end(body)
  })
}
