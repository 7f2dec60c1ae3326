import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

type Message = { type: string; data: { subject: { email: string }; permissions: { target: string }[] } }

export type RelayEndpoint = AsyncDisposable & {
  url: string
  /** Who has what, as `email target`. */
  held: Set<string>
  /** Types of the messages that came in, each when it came in. */
  seen: string[]
  /** The next message of a type takes effect at once or only before it is answered, so many milliseconds later. */
  hold: Record<string, { effect: 'before' | 'after'; ms: number }>
}

/** A customer's own endpoint behind the relay: it gives and takes the access to doors, and can be slow. */
export async function startRelayEndpoint(): Promise<RelayEndpoint> {
  const held = new Set<string>()
  const seen: string[] = []
  const hold: RelayEndpoint['hold'] = {}
  const act = ({ type, data }: Message): unknown => {
    const keys = data.permissions.map(({ target }) => `${data.subject.email} ${target}`)
    if (type === 'access.provision') for (const key of keys) held.add(key)
    if (type === 'access.deprovision') for (const key of keys) held.delete(key)
    return { targets: data.permissions.map(({ target }) => target).filter((_, i) => held.has(keys[i] ?? '')) }
  }
  const server = createServer(async (request, response) => {
    const message: Message = JSON.parse(Buffer.concat(await request.toArray()).toString())
    const { type } = message
    seen.push(type)
    const slow = hold[type]
    delete hold[type]
    if (slow?.effect === 'before') act(message)
    if (slow) await sleep(slow.ms)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(act(message)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    held,
    seen,
    hold,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
