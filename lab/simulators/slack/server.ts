import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { createWorkspace, type SlackOptions, type Workspace } from './workspace.ts'

export type SlackWorkspace = AsyncDisposable & {
  url: string
  token: string
  calls: Call[]
  workspace: Workspace
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

/** Starts a simulated Slack workspace on 127.0.0.1: the three methods of its Web API that the hub calls. */
export async function startSlackWorkspace(options: SlackOptions & { port?: number } = {}): Promise<SlackWorkspace> {
  const weather = createWeather()
  const workspace = createWorkspace(options)
  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: () => ({ handle: (request) => handle(request, workspace), refuse }),
    control: () => ({ lists: { messages: () => workspace.messages }, calm: weather.calm }),
  })
  return {
    url: server.url,
    token: workspace.token,
    calls: server.calls,
    workspace,
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

/** Slack answers 200 also when it refuses: `ok` says which (docs.slack.dev/apis/web-api/#responses). */
async function handle(request: Request, workspace: Workspace): Promise<Response> {
  const method = new URL(request.url).pathname.replace(/^\/api\//, '')
  const form = Object.fromEntries(new URLSearchParams(await request.text()))
  const answer = workspace.call({ method, form, authorization: request.headers.get('authorization') })
  const headers = { 'x-oauth-scopes': workspace.scopes.join(',') }
  return typeof answer === 'string'
    ? new Response(answer, { headers: { ...headers, 'content-type': 'application/json' } })
    : Response.json(answer, { headers })
}

function refuse({ status, resetSeconds }: Refusal): Response {
  if (status !== 429) return new Response('Something went wrong', { status })
  const headers = { 'retry-after': String(resetSeconds) }
  return Response.json({ ok: false, error: 'ratelimited' }, { status, headers })
}
