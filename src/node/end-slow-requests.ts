import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as turnEventLoop, setTimeout as wait } from 'node:timers/promises'
import type { ServerType } from '@hono/node-server'
import { idleSeconds, requestSeconds } from './limit-connections.ts'

/** The answers of Node itself to what is no request, or takes too long to become one. */
const answers: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

/**
 * Ends what takes too long to send its request, as Node does, with two exceptions, because a sender that is told 408
 * does not come again. A connection that a balancer opened ahead, and on which nothing was asked yet, is kept as long as
 * any idle one, and closed without a word. And a process that had no processor for a while reads once more before it
 * judges: its timers run before its sockets are read. `scale` is for tests.
 */
export function endSlowRequests(server: ServerType, scale = 1): void {
  const asked = new WeakMap<Socket, IncomingMessage>()
  server.on('request', (request: IncomingMessage) => asked.set(request.socket, request))

  const end = (socket: Socket, code = '') => {
    if (socket.writable) socket.end(`HTTP/1.1 ${answers[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
    socket.destroySoon()
  }

  /** Node tells of a connection once; what is left of its time is for us to look at. */
  const judge = async (socket: Socket, code: string) => {
    const { bytesRead } = socket
    if (bytesRead === 0) {
      await wait((idleSeconds - requestSeconds) * 1000 * scale, undefined, { ref: false })
      if (socket.bytesRead === 0) socket.destroy()
      return
    }
    const before = asked.get(socket)
    await turnEventLoop()
    await turnEventLoop()
    if (socket.bytesRead === bytesRead) return end(socket, code)
    await wait(requestSeconds * 1000 * scale, undefined, { ref: false })
    const now = asked.get(socket)
    if (now === undefined || (now === before && !now.complete)) end(socket, code)
  }

  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket: Socket) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') void judge(socket, code)
    else end(socket, code)
  })
}
