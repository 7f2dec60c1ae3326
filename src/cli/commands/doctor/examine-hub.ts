import type { DoctorCheck } from '../../../core/connector.ts'
import { errorMessage } from '../../../core/errors.ts'
import { hubSettings } from '../../../core/hub-settings.ts'
import type { Environment } from '../../../core/settings.ts'

const timeoutMs = 5000

/** Whether the hub answers: to the outside, and at the port of its own that what is inside may have. */
export async function examineHub(environment: Environment): Promise<DoctorCheck[]> {
  return [...(await examineOutside(environment)), ...(await examineInside(environment))]
}

/** At its public address, and if not there, or there is none, on this machine. */
async function examineOutside(environment: Environment): Promise<DoctorCheck[]> {
  const { PORT, HUB_PUBLIC_URL } = hubSettings.shape
  const port = PORT.safeParse(environment.PORT || undefined).data ?? 8787
  const publicUrl = HUB_PUBLIC_URL.safeParse(environment.HUB_PUBLIC_URL || undefined).data
  const local = `http://127.0.0.1:${port}`
  if (publicUrl === undefined) return [reportLocal(local, await askReadiness(local))]
  const outside = await askReadiness(publicUrl)
  if (outside === 'ready') {
    const ready: DoctorCheck = { name: 'public address', status: 'ok', detail: `${publicUrl} answers and is ready` }
    return [ready, ...(await examineMetrics(publicUrl))]
  }
  const fix = 'See that the name leads to this hub, and that the proxy before it passes /hooks, /readyz and headers on.'
  const wrong: DoctorCheck = { name: 'public address', status: 'problem', detail: `${publicUrl}: ${outside}`, fix }
  if (publicUrl === local) return [reportLocal(local, outside)]
  return [wrong, reportLocal(local, await askReadiness(local))]
}

async function examineInside({ HUB_ADMIN_PORT: given }: Environment): Promise<DoctorCheck[]> {
  const port = hubSettings.shape.HUB_ADMIN_PORT.safeParse(given || undefined).data
  if (port === undefined) return []
  const address = `http://127.0.0.1:${port}`
  const answer = await askReadiness(address)
  const name = 'port of the inside'
  const alone = 'and /api, /metrics and /signin are there alone'
  if (answer === 'ready') return [{ name, status: 'ok', detail: `${address} answers, ${alone}` }]
  const fix = 'Start the hub with npm start; if it runs elsewhere, look there, or set HUB_ADMIN_PORT as it has it.'
  return [{ name, status: 'problem', detail: `${address}: ${answer}`, fix }]
}

/** Whether the metrics can be read from outside by who bears no token. They name nobody, and tell of an outage to all. */
async function examineMetrics(publicUrl: string): Promise<DoctorCheck[]> {
  if (/^https?:\/\/(localhost|127\.|\[::1\])/.test(publicUrl)) return []
  const status = await askStatus(`${publicUrl}/metrics`)
  if (status !== 200) return [{ name: 'metrics', status: 'ok', detail: `not read at ${publicUrl} without a token` }]
  const detail = `everybody who knows ${publicUrl} can read /metrics: it names no person, and tells how the hub does`
  const fix =
    'Set HUB_METRICS_TOKEN, and let the scraper send it as a bearer token; or let the proxy keep /metrics inside.'
  return [{ name: 'metrics', status: 'warning', detail, fix }]
}

async function askStatus(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch {
    return null
  }
}

function reportLocal(local: string, answer: string): DoctorCheck {
  const name = 'this machine'
  if (answer === 'ready') return { name, status: 'ok', detail: `${local} answers and is ready` }
  const fix = 'Start the hub with npm start; if it runs elsewhere, set PORT or HUB_PUBLIC_URL as it has them.'
  return { name, status: 'problem', detail: `${local}: ${answer}`, fix }
}

async function askReadiness(base: string): Promise<string> {
  try {
    const response = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
    await response.body?.cancel()
    if (response.status === 200) return 'ready'
    if (response.status === 503) return 'alive, but its journal is not reachable or not migrated'
    return `answered ${response.status} to /readyz, which is not this hub's answer`
  } catch (thrown) {
    return `does not answer (${errorMessage(thrown)})`
  }
}
