import { readFile } from 'node:fs/promises'
import { systemClock } from '../core/clock.ts'
import type { DoctorCheck } from '../core/connector.ts'
import { errorMessage } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import type { ConfiguredConnector } from '../hub.ts'
import type { Configuration } from '../node/configuration.ts'
import { httpClients } from '../outbound/http.ts'
import { limitedFetch } from '../outbound/limited-fetch.ts'
import { retryRead } from '../outbound/retry.ts'
import { install, type Outbound } from '../pipeline/installed.ts'

const timeoutSeconds = 10
const root = new URL('../../', import.meta.url)

/** What every connector says about itself: credentials, rights, the hook, the Action. */
export async function examineConnectors(configuration: Configuration | null): Promise<DoctorCheck[]> {
  if (configuration === null) {
    const detail = 'not asked: the settings are wrong, see above'
    return [{ name: 'vendors', status: 'warning', detail, fix: 'Mend the settings, then run the doctor again.' }]
  }
  const publicUrl = configuration.hub.HUB_PUBLIC_URL
  const checks = await Promise.all(configuration.connectors.map((one) => examineConnector(one, publicUrl)))
  return checks.flat()
}

async function examineConnector(configured: ConfiguredConnector, publicUrl?: string): Promise<DoctorCheck[]> {
  const { id, connector, config } = configured
  if (!connector.doctor) return [{ name: id, status: 'ok', detail: 'on; it has no examination of its own' }]
  const fetch = limitedFetch({ timeoutSeconds })
  const outbound: Outbound = { fetch, retry: retryRead, http: httpClients({ timeoutSeconds, clock: systemClock }) }
  const file = (name: string) => readFile(new URL(name, root), 'utf8')
  try {
    const client = await install(configured, { outbound, log: silentLog }).client()
    const checks = await connector.doctor({ client, config, fetch, file, ...(publicUrl ? { publicUrl } : {}) })
    return id === connector.id ? checks : checks.map((check) => ({ ...check, name: `${id}: ${check.name}` }))
  } catch (thrown) {
    const fix = `Check the settings of ${id}, and the way out to the internet.`
    return [{ name: id, status: 'problem', detail: `cannot be examined: ${errorMessage(thrown)}`, fix }]
  }
}
