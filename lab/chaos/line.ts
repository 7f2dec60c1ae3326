import { connect, createServer, type Socket } from 'node:net'

/** The line between the hubs and their database, which can be as bad as a network. */
export type Line = {
  port: number
  /** Ends every connection, and refuses new ones until `mend`. */
  cut(): void
  /** Carries no byte any more, on old and new connections, without closing one; until `mend`. */
  stall(): void
  /** The present connections never carry another byte and are not closed; new ones are fine. */
  forget(): void
  mend(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A TCP proxy on 127.0.0.1 in front of a port, or of a Unix socket. */
export async function openLine(to: number | string): Promise<Line> {
  const pairs = new Set<Pair>()
  const forgotten = new Set<Pair>()
  let state: 'fine' | 'cut' | 'stalled' = 'fine'
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const pair = join(client, typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to))
    pairs.add(pair)
    client.once('close', () => pairs.delete(pair))
    if (state === 'stalled') pair.hold()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The line has no TCP port')
  const destroyAll = () => {
    for (const pair of pairs) pair.destroy()
  }
  const close = async () => {
    destroyAll()
    for (const pair of forgotten) pair.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return {
    port: address.port,
    cut() {
      state = 'cut'
      destroyAll()
    },
    stall() {
      state = 'stalled'
      for (const pair of pairs) pair.hold()
    },
    forget() {
      for (const pair of pairs) {
        pair.hold()
        forgotten.add(pair)
        setTimeout(pair.leaveServer, serverNoticesMs)
      }
      pairs.clear()
    },
    mend() {
      state = 'fine'
      for (const pair of pairs) pair.release()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

type Pair = { hold(): void; release(): void; destroy(): void; leaveServer(): void }

/**
 * The server asks a silent line whether it is there, and the hub hears nothing of it. As the hub's sessions ask it to:
 * after 5 s (tcp_keepalives_idle), three times (count), a second apart (interval).
 */
const serverNoticesMs = 8000

function join(client: Socket, upstream: Socket): Pair {
  const both = [client, upstream]
  client.on('data', (data) => upstream.write(data))
  upstream.on('data', (data) => client.write(data))
  const destroy = () => {
    for (const socket of both) socket.destroy()
  }
  let isForgotten = false
  const follow = () => {
    if (!isForgotten) destroy()
  }
  for (const socket of both) socket.on('error', follow).on('close', follow)
  return {
    hold: () => {
      for (const socket of both) socket.pause()
    },
    release: () => {
      for (const socket of both) socket.resume()
    },
    destroy,
    leaveServer: () => {
      isForgotten = true
      upstream.destroy()
    },
  }
}
