import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

type HookRequest = { method: string; headers: IncomingHttpHeaders; body: string }

type HookEndpoint = AsyncDisposable & {
  url: string
  requests: HookRequest[]
  /** Only the deliveries, parsed. */
  deliveries: () => { eventId: string; source: string; data: { events: { uuid: string; eventType: string }[] } }[]
  /** Decides the answers to the next deliveries in turn; afterwards 204 again. */
  answer: (...answers: ((response: ServerResponse) => void)[]) => void
}

/** An endpoint that passes Okta's verification and takes deliveries with 204 unless told otherwise. */
export async function startHookEndpoint(
  options: { verify?: (challenge: string) => unknown } = {},
): Promise<HookEndpoint> {
  const { verify = (challenge: string) => ({ verification: challenge }) } = options
  const requests: HookRequest[] = []
  const answers: ((response: ServerResponse) => void)[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    requests.push({ method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
    const challenge = request.headers['x-okta-verification-challenge']
    if (typeof challenge === 'string') return response.end(JSON.stringify(verify(challenge)))
    const answer = answers.shift() ?? status(204)
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The endpoint listens on no TCP port')
  return {
    url: `http://127.0.0.1:${address.port}/hooks/okta`,
    requests,
    deliveries: () => requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body)),
    answer: (...next) => void answers.push(...next),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with this status and no body. */
export const status = (code: number) => (response: ServerResponse) => {
  response.statusCode = code
  response.end()
}

/** Never answers, so that the sender's timeout decides. */
export const silence = () => undefined
