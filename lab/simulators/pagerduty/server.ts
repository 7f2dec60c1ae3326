import { type Call, type Refusal, startServer } from '../http-server.ts'
import { randomId } from '../values.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'

export type PagerDutyShift = {
  email: string
  policy: string
  /** Null: on call by the policy itself. */
  schedule: string | null
  level?: number
  /** ISO times; null: always was, never ends. */
  start: string | null
  end: string | null
}

type PagerDutyOptions = { port?: number; shifts?: PagerDutyShift[]; schedules?: string[]; policies?: string[] }

export type PagerDutyAccount = AsyncDisposable & {
  url: string
  token: string
  calls: Call[]
  /** The query of each call, with what is given more than once. */
  queries: URLSearchParams[]
  shifts: PagerDutyShift[]
  answerWith: (path: string, text: string) => void
  misbehave: (rule: Misbehaviour) => () => void
  calm: () => void
  close: () => Promise<void>
}

/** Starts a simulated PagerDuty account on 127.0.0.1: what the hub reads of its REST API (developer.pagerduty.com). */
export async function startPagerDutyAccount(options: PagerDutyOptions = {}): Promise<PagerDutyAccount> {
  const weather = createWeather()
  const shifts = [...(options.shifts ?? [])]
  const { schedules = ['PSCHED1'], policies = ['PPOLICY1'] } = options
  const token = randomId('simulated-', 30)
  const answers = new Map<string, string>()
  const queries: URLSearchParams[] = []

  const handle = (request: Request): Response => {
    const { pathname, searchParams } = new URL(request.url)
    if (request.headers.get('authorization') !== `Token token=${token}`) return refuse({ status: 401, resetSeconds: 0 })
    const text = answers.get(pathname)
    if (text !== undefined) return new Response(text, { headers: { 'content-type': 'application/json' } })
    const [, list = '', id] = pathname.split('/')
    if (list === 'schedules' && id && schedules.includes(id))
      return Response.json({ schedule: { id, type: 'schedule' } })
    if (list === 'escalation_policies' && id && policies.includes(id)) {
      return Response.json({ escalation_policy: { id, type: 'escalation_policy' } })
    }
    if (pathname !== '/oncalls') return refuse({ status: 404, resetSeconds: 0 })
    queries.push(searchParams)
    return Response.json(oncalls(shifts, searchParams))
  }

  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: () => ({ handle, refuse }),
    control: () => ({ lists: { shifts: () => shifts }, calm: weather.calm }),
  })
  return {
    url: server.url,
    token,
    calls: server.calls,
    queries,
    shifts,
    answerWith: (path, text) => void answers.set(path, text),
    misbehave: weather.misbehave,
    calm: weather.calm,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

/** Filters are all applied; without `since` and `until`, who is on call now. Pages of 25, or up to 100. */
function oncalls(shifts: PagerDutyShift[], query: URLSearchParams): object {
  const within = (name: string, value: string | null) => {
    const wanted = query.getAll(name)
    return wanted.length === 0 || (value !== null && wanted.includes(value))
  }
  const now = new Date().toISOString()
  const found = shifts
    .filter(({ schedule, policy }) => within('schedule_ids[]', schedule) && within('escalation_policy_ids[]', policy))
    .filter(({ start, end }) => (start ?? now) <= now && (end === null || end > now))
  const limit = Math.min(Number(query.get('limit') ?? 25), 100)
  const offset = Number(query.get('offset') ?? 0)
  const withUsers = query.getAll('include[]').includes('users')
  return {
    oncalls: found.slice(offset, offset + limit).map((shift) => render(shift, withUsers)),
    limit,
    offset,
    more: found.length > offset + limit,
    total: null,
  }
}

function render({ email, policy, schedule, level = 1, start, end }: PagerDutyShift, withUsers: boolean): object {
  const reference = (id: string, type: string) => ({
    id,
    type: `${type}_reference`,
    summary: id,
    self: null,
    html_url: null,
  })
  const user = { ...reference('PUSER01', 'user'), summary: email.split('@')[0] }
  return {
    escalation_policy: reference(policy, 'escalation_policy'),
    escalation_level: level,
    schedule: schedule === null ? null : reference(schedule, 'schedule'),
    user: withUsers ? { ...user, type: 'user', name: user.summary, email, time_zone: 'Etc/UTC', role: 'user' } : user,
    start,
    end,
  }
}

/** PagerDuty support, "REST API Rate Limits": `ratelimit-reset` says in how many seconds. */
function refuse({ status, resetSeconds }: Refusal): Response {
  const headers = status === 429 ? { 'ratelimit-limit': '960', 'ratelimit-reset': String(resetSeconds) } : {}
  return Response.json({ error: { code: 2000, message: 'Refused' } }, { status, headers })
}
