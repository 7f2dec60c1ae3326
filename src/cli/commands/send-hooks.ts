import { errorMessage } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import { isLoopback } from '../../core/settings.ts'
import { startProgress } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

export type Sent = {
  /** Null: no answer came. */
  status: number | null
  error: string | null
  /** What the hub said against it. */
  detail: string | null
  durationMs: number
  requestId: string | null
  eventIds: string[]
}

type Order = {
  url: string
  headers: Record<string, string>
  times: number
  makeBody(): string
  terminal: Terminal
}

const atOnce = 8
/** As long as Okta waits: a longer wait would show answers that Okta never sees. */
const timeoutMs = 3000

/** Where the hub takes the hooks of a source. */
export function makeHookAddress(place: {
  given: string | undefined
  port: string | undefined
  source: string
}): string {
  const base = place.given ?? `http://127.0.0.1:${place.port || '8787'}`
  const url = URL.canParse(base) ? new URL(base) : null
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))) {
    return `${base.replace(/\/+$/, '')}/hooks/${place.source}`
  }
  throw new WrongUsage({
    what: `--url ${base} is not an https:// address.`,
    why: 'The secret goes along; http:// is for this machine only.',
    fix: 'Give the address under which the hub is reached, such as https://hub.example.com.',
  })
}

/** Sends hooks, several at once, and tells what the hub answered to each. */
export async function sendAll({ url, headers, times, makeBody, terminal }: Order): Promise<Sent[]> {
  const bar = startProgress(terminal, { label: 'Sending', total: times })
  const sent: Sent[] = []
  let left = times
  const worker = async () => {
    while (left > 0) {
      left -= 1
      sent.push(await sendOne({ url, headers, body: makeBody() }))
      bar.advance()
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker))
  bar.end()
  return sent
}

async function sendOne({ url, headers, body }: Pick<Order, 'url' | 'headers'> & { body: string }): Promise<Sent> {
  const begin = performance.now()
  const done = (answer: Pick<Sent, 'status' | 'error' | 'detail'>): Sent => ({
    ...answer,
    durationMs: performance.now() - begin,
    ...readIds(JSON.parse(body)),
  })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, signal }
    const response = await fetch(url, { ...init, redirect: 'manual' })
    const text = await response.text()
    return done({ status: response.status, error: null, detail: response.ok ? null : detailOf(text) })
  } catch (thrown) {
    const detail = 'Does the hub run? Start it with npm start, or give its address with --url.'
    return done({ status: null, error: errorMessage(thrown), detail })
  }
}

function readIds(body: unknown): Pick<Sent, 'requestId' | 'eventIds'> {
  if (!isRecord(body)) return { requestId: null, eventIds: [] }
  const events = isRecord(body.data) && Array.isArray(body.data.events) ? body.data.events : []
  const ids = events.map((event) => (isRecord(event) ? event.uuid : null)).filter((id) => typeof id === 'string')
  return { requestId: typeof body.eventId === 'string' ? body.eventId : null, eventIds: ids }
}

function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text)
    if (isRecord(problem) && typeof problem.detail === 'string') return problem.detail
  } catch {
    // Not the hub's own words: something stands in front of it.
  }
  return text.slice(0, 200)
}
