import { type Call, type Refusal, startServer } from '../http-server.ts'
import { randomId } from '../values.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'

export type KnowBe4User = { id: number; email: string; status?: 'active' | 'archived' }

export type KnowBe4Enrollment = {
  userId: number
  module: string
  status: string
  /** ISO time; null while it is not completed. */
  completedAt: string | null
}

type KnowBe4Options = { port?: number; users?: KnowBe4User[]; enrollments?: KnowBe4Enrollment[] }

export type KnowBe4Account = AsyncDisposable & {
  url: string
  token: string
  calls: Call[]
  users: KnowBe4User[]
  enrollments: KnowBe4Enrollment[]
  /** What a path answers from now on, as text, that is no JSON perhaps. */
  answerWith: (path: string, text: string) => void
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

/** Starts a simulated KnowBe4 account on 127.0.0.1: what the hub reads of its Reporting API (developer.knowbe4.com). */
export async function startKnowBe4Account(options: KnowBe4Options = {}): Promise<KnowBe4Account> {
  const weather = createWeather()
  const users = (options.users ?? []).map((user) => ({ ...user }))
  const enrollments = [...(options.enrollments ?? [])]
  const token = randomId('simulated-', 30)
  const answers = new Map<string, string>()

  const lists: Record<string, (query: URLSearchParams) => object[]> = {
    '/v1/users': (query) => {
      const status = query.get('status')
      return users.filter((user) => status === null || (user.status ?? 'active') === status).map(renderUser)
    },
    '/v1/training/enrollments': (query) => {
      const userId = query.get('user_id')
      const wanted = enrollments.filter((one) => userId === null || String(one.userId) === userId)
      return wanted.map((one, i) => renderEnrollment({ one, i, user: users.find(({ id }) => id === one.userId) }))
    },
  }

  const handle = (request: Request): Response => {
    const { pathname, searchParams } = new URL(request.url)
    if (request.headers.get('authorization') !== `Bearer ${token}`) return refuse({ status: 401, resetSeconds: 0 })
    const text = answers.get(pathname)
    if (text !== undefined) return new Response(text, { headers: { 'content-type': 'application/json' } })
    if (pathname === '/v1/account') return Response.json({ name: 'Acme Demo', type: 'paid', domains: ['acme.test'] })
    const items = lists[pathname]?.(searchParams)
    return items ? Response.json(pageOf(items, searchParams)) : refuse({ status: 404, resetSeconds: 0 })
  }

  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: () => ({ handle, refuse }),
    control: () => ({ lists: {}, calm: weather.calm }),
  })
  return {
    url: server.url,
    token,
    calls: server.calls,
    users,
    enrollments,
    answerWith: (path, text) => void answers.set(path, text),
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

/** Pages begin at 1 and hold 100, or what is asked for up to 500; past the last one they are empty. */
function pageOf(items: object[], query: URLSearchParams): object[] {
  const size = Math.min(Number(query.get('per_page') ?? 100), 500)
  const page = Number(query.get('page') ?? 1)
  return items.slice((page - 1) * size, page * size)
}

function renderUser({ id, email, status = 'active' }: KnowBe4User): object {
  const [first_name = '', last_name = ''] = (email.split('@')[0] ?? '').split('.')
  return { id, employee_number: null, first_name, last_name, email, status, groups: [], current_risk_score: 45.7 }
}

function renderEnrollment({ one, i, user }: { one: KnowBe4Enrollment; i: number; user: KnowBe4User | undefined }) {
  return {
    enrollment_id: 1_425_526 + i,
    content_type: 'Store Purchase',
    module_name: one.module,
    user: { id: one.userId, first_name: 'Lena', last_name: 'Park', email: user?.email ?? '' },
    campaign_name: 'All Employees',
    enrollment_date: '2026-01-05T09:00:00.000Z',
    start_date: one.completedAt,
    completion_date: one.completedAt,
    status: one.status,
    time_spent: 2340,
    policy_acknowledged: false,
  }
}

function refuse({ status, resetSeconds }: Refusal): Response {
  const headers = status === 429 ? { 'retry-after': String(resetSeconds) } : {}
  return Response.json({ message: 'Refused' }, { status, headers })
}
