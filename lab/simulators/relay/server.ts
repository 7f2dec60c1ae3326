import { Webhook } from 'standardwebhooks'
import { type Call, type Refusal, startServer } from '../http-server.ts'
import { isJsonObject, type JsonObject } from '../values.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { type AccessBook, createAccessBook } from './access-book.ts'

/** One message whose signature was good. */
type RelayMessage = { id: string; type: string; body: JsonObject }

type RelayAnswer = { status: number; body: unknown }

export type RelayReceiver = AsyncDisposable & {
  url: string
  calls: Call[]
  messages: RelayMessage[]
  access: AccessBook
  /** The secrets that it takes from now on. */
  take: (secrets: string[]) => void
  /** What it says to one type of message from now on, whatever that is. */
  answerWith: (type: string, answer: RelayAnswer) => void
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

/**
 * A customer's own endpoint on 127.0.0.1: it checks signatures by Standard Webhooks, acts once on each message, and
 * answers as the relay's README says.
 */
export async function startRelayReceiver(options: { secrets: string[]; port?: number }): Promise<RelayReceiver> {
  const weather = createWeather()
  const access = createAccessBook()
  const messages: RelayMessage[] = []
  const answers = new Map<string, RelayAnswer>()
  let secrets = options.secrets

  const handle = async (request: Request): Promise<Response> => {
    const text = await request.text()
    if (!secrets.some((secret) => isSigned({ text, request, secret }))) return Response.json({}, { status: 401 })
    const body: unknown = JSON.parse(text)
    if (!isJsonObject(body) || typeof body.type !== 'string') return Response.json({}, { status: 400 })
    const message = { id: request.headers.get('webhook-id') ?? '', type: body.type, body }
    messages.push(message)
    const { status, body: answer } = answers.get(body.type) ?? access.answer(message)
    return answer === undefined ? new Response(null, { status }) : Response.json(answer, { status })
  }

  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: () => ({ handle, refuse }),
    control: () => ({ lists: { messages: () => messages }, calm: weather.calm }),
  })
  return {
    url: `${server.url}/hub`,
    calls: server.calls,
    messages,
    access,
    take: (list) => {
      secrets = list
    },
    answerWith: (type, answer) => void answers.set(type, answer),
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

function isSigned({ text, request, secret }: { text: string; request: Request; secret: string }): boolean {
  try {
    new Webhook(secret).verify(text, Object.fromEntries(request.headers))
    return true
  } catch {
    return false
  }
}

function refuse({ status, resetSeconds }: Refusal): Response {
  const headers = status === 429 ? { 'retry-after': String(resetSeconds) } : {}
  return Response.json({ reason: 'The simulated endpoint was told to refuse this.' }, { status, headers })
}
