import { once } from 'node:events'
import { createServer } from 'node:http'
import { z } from 'zod'
import { defineConnector, grantable } from '../../src/index.ts'

/** A vendor that takes every connection and never answers, until it is told to. */
export type TarPit = AsyncDisposable & {
  url: string
  /** Calls that wait for an answer now. */
  waiting(): number
  /** Calls so far. */
  taken(): number
  /** Answers all that wait, and from now on at once. */
  answer(): void
}

export async function startTarPit(): Promise<TarPit> {
  const waiting = new Set<() => void>()
  let taken = 0
  let isAnswering = false
  const server = createServer((request, response) => {
    taken++
    const answer = () => response.setHeader('content-type', 'application/json').end('{}')
    if (isAnswering) return void answer()
    waiting.add(answer)
    response.on('close', () => waiting.delete(answer))
    request.resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    waiting: () => waiting.size,
    taken: () => taken,
    answer() {
      isAnswering = true
      for (const answer of waiting) answer()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A connector whose every call goes to `PIT_URL`: logins, and revokes of `door:<name>`. */
export const pitConnector = defineConnector({
  id: 'pit',
  config: z.object({
    PIT_URL: z.url(),
    PIT_GRANTS: grantable({ target: /^door:\w+$/, error: 'is not door:<name>' }),
  }),
  grants: ({ config }) => config.PIT_GRANTS,
  on: { 'user.session.*': ({ http, config }) => http.post(config.PIT_URL, {}) },
  deprovision: ({ http, config }) => http.post(config.PIT_URL, {}),
})

/** A connector that sends every login to the pit, under an id of its own: so that several can hang at once. */
export function makePit(id: string, { url }: Pick<TarPit, 'url'>) {
  return defineConnector({ id, on: { 'user.session.*': ({ http }) => http.post(url, {}) } })
}
