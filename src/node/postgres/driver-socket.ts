import { EventEmitter } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

/** Where postgres.js wants to go; a list of hosts is taken in turn. */
type Address = { host: string[]; port: number[]; path?: string | false | undefined }

/** `off`, TLS if the server has it (`prefer`), or TLS with what `tls.connect` shall check. */
export type DatabaseTls = 'off' | 'prefer' | ConnectionOptions

type Patience = {
  /** Seconds without a byte in which the server owes an answer, until the connection counts as dead. */
  silenceSeconds: number
}

type Stream = Socket | TLSSocket

/** How many connections of one pool are open, and how many of these owe an answer or are within a transaction. */
export type PoolGauge = { open: number; busy: number }

// PostgreSQL docs: message formats, SSLRequest; and ReadyForQuery, with which every answer ends.
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5])

/** The status of a connection that is within no transaction: `I`. */
const outsideTransaction = 0x49

/** Ticks between a death and its `close`, each with an `error`, so that whatever was still written is refused too. */
const lastRites = 3

/**
 * The sockets of the journal's pool, for the `socket` option of postgres.js. They mend two things there:
 *
 * postgres.js 3.4.9 ends the process, or leaves a connection that never sends again, when a query is written in the
 * moment between a connection's death and its `close` (porsager/postgres#1154, #1208): a transaction's rollback always
 * is. Here `close` comes after everything written has been refused. And it waits for ever for a server that went away
 * without a word; here it waits as long as `patience` says, read anew at each write. TLS happens in here, because the
 * driver would put its own socket around this one.
 */
export function makeDatabaseSockets({ tls, patience }: { tls: DatabaseTls; patience: Patience }) {
  let turn = 0
  const idle = new Set<() => void>()
  return ({ host, port, path }: Address, gauge?: PoolGauge) => {
    const i = turn++ % host.length
    const raw = path ? connectTcp(path) : connectTcp(port[i] ?? 5432, host[i] ?? 'localhost')
    return wrap(raw, { tls: path ? 'off' : tls, patience, host: host[i] ?? 'localhost', idle, use: trackUse(gauge) })
  }
}

type Wrapping = {
  tls: DatabaseTls
  patience: Patience
  host: string
  /** How to end each connection that owes nothing: when one has gone in silence, those may have gone with it. */
  idle: Set<() => void>
  use: ReturnType<typeof trackUse>
}

/** Keeps a pool's gauge true for one of its connections. */
function trackUse(gauge: PoolGauge = { open: 0, busy: 0 }) {
  let isBusy = false
  gauge.open++
  const setBusy = (busy: boolean) => {
    if (busy !== isBusy) gauge.busy += busy ? 1 : -1
    isBusy = busy
  }
  const end = () => {
    setBusy(false)
    gauge.open--
  }
  return { setBusy, end }
}

function wrap(raw: Socket, { tls, patience, host, idle, use }: Wrapping) {
  const events = new EventEmitter()
  const early: Buffer[] = []
  let stream: Stream | undefined
  let silence: NodeJS.Timeout | undefined
  let isOpen = true
  let hasSpoken = false

  const lose = (reason: Error) => {
    if (!isOpen) return
    isOpen = false
    use.end()
    heard()
    idle.delete(leave)
    raw.destroy()
    stream?.destroy()
    refuse(lastRites, reason)
  }
  const refuse = (left: number, reason: Error) => {
    if (left === 0) return void events.emit('close', false)
    if (events.listenerCount('error') > 0) events.emit('error', reason)
    // Twice: the driver sends in an immediate of its own, which must come first.
    setImmediate(() => setImmediate(refuse, left - 1, reason))
  }
  /** Counts from the first thing unanswered: more questions do not make the silence younger. */
  const listen = () => {
    if (silence || !Number.isFinite(patience.silenceSeconds)) return
    const { silenceSeconds } = patience
    idle.delete(leave)
    silence = setTimeout(() => {
      lose(makeLostError(`The database has not answered for ${silenceSeconds} s.`))
      for (const end of [...idle]) end()
    }, silenceSeconds * 1000)
  }
  const leave = () => lose(makeEndedError())
  const heard = () => {
    clearTimeout(silence)
    silence = undefined
  }
  const ready = (made: Stream) => {
    stream = made
    made.on('data', (data) => {
      heard()
      const isReady = data.subarray(-6, -1).equals(readyForQuery)
      if (isReady && data.at(-1) === outsideTransaction) use.setBusy(false)
      if (isReady) idle.add(leave)
      else listen()
      events.emit('data', data)
    })
    made.on('drain', () => events.emit('drain'))
    made.on('error', lose)
    made.on('close', () => lose(makeEndedError()))
    for (const chunk of early.splice(0)) made.write(chunk)
  }
  raw.on('error', lose)
  raw.on('close', () => lose(makeEndedError()))
  afterGreeting(() => {
    if (hasSpoken || !isOpen) return
    // The driver keeps what it could not send in front of its greeting, and sends neither. It tries again at once when
    // told of a close alone, until there is so much that it goes out; see `fromGreeting`.
    isOpen = false
    use.end()
    raw.destroy()
    events.emit('close', false)
  })
  raw.once('connect', () => negotiate(raw, { tls, host, ready, lose }))

  const methods = {
    write(given: Buffer, written?: () => void): boolean {
      if (!isOpen) return false
      const chunk = hasSpoken ? given : fromGreeting(given)
      hasSpoken = true
      use.setBusy(true)
      listen()
      if (stream) return written ? stream.write(chunk, written) : stream.write(chunk)
      early.push(chunk)
      return true
    },
    end(chunk?: Buffer) {
      if (!isOpen) return
      heard()
      if (stream && chunk) stream.end(chunk)
      else lose(makeEndedError())
    },
    destroy: () => lose(makeEndedError()),
    setKeepAlive: (on: boolean, milliseconds: number) => void raw.setKeepAlive(on, milliseconds),
    pause: () => void stream?.pause(),
    resume: () => void stream?.resume(),
  }
  Object.defineProperty(events, 'readyState', { get: () => (isOpen ? 'open' : 'closed') })
  return Object.assign(events, methods)
}

type Negotiation = Pick<Wrapping, 'tls' | 'host'> & { ready(stream: Stream): void; lose(reason: Error): void }

/** The server says in one byte whether it has TLS (PostgreSQL docs: protocol flow, SSL session encryption). */
function negotiate(raw: Socket, { tls, host, ready, lose }: Negotiation): void {
  if (tls === 'off') {
    ready(raw)
    return
  }
  raw.write(sslRequest)
  raw.once('data', (answer) => {
    if (answer[0] !== 'S'.charCodeAt(0)) {
      if (tls === 'prefer') ready(raw)
      else lose(new Error('The database server has no TLS.'))
      return
    }
    const checks = tls === 'prefer' ? { rejectUnauthorized: false } : tls
    const secured = connectTls({ socket: raw, ...(isIP(host) ? {} : { servername: host }), ...checks })
    secured.once('error', lose)
    secured.once('secureConnect', () => ready(secured))
  })
}

/** By then a sound driver has sent its greeting: it does so in the tick in which it gets the socket. */
function afterGreeting(check: () => void): void {
  const wait = (rounds: number) => void setImmediate(() => (rounds === 0 ? check() : wait(rounds - 1)))
  wait(3)
}

/** PostgreSQL docs: message formats, StartupMessage: its length, then 196608. What stands before it is a dead connection's. */
function fromGreeting(chunk: Buffer): Buffer {
  for (let i = 0; i + 8 <= chunk.length; i++) {
    if (chunk.readInt32BE(i) === chunk.length - i && chunk.readInt32BE(i + 4) === 196_608) return chunk.subarray(i)
  }
  return chunk
}

function makeEndedError(): Error {
  return makeLostError('The connection to the database was closed.')
}

/** With the code that the driver itself gives to a connection that was lost. */
function makeLostError(message: string): Error {
  return Object.assign(new Error(message), { code: 'CONNECTION_CLOSED' })
}
