import { readFile } from 'node:fs/promises'
import type { Configuration } from '../../../config/configuration.ts'
import type { DoctorCheck } from '../../../core/connector.ts'
import { errorMessage } from '../../../core/errors.ts'
import { silentLog } from '../../../core/log.ts'
import type { ConfiguredConnector } from '../../../core/policy.ts'
import { install } from '../../../host/installed.ts'
import type { Outbound } from '../../../outbound/outbound.ts'
import { openOutbound } from '../../setup/open-installed.ts'

const root = new URL('../../../../', import.meta.url)

/** What every connector says about itself: credentials, rights, the hook, the Action. */
export async function examineConnectors(configuration: Configuration | null): Promise<DoctorCheck[]> {
  if (configuration === null) {
    const detail = 'not asked: the settings are wrong, see above'
    return [{ name: 'vendors', status: 'warning', detail, fix: 'Mend the settings, then run the doctor again.' }]
  }
  const publicUrl = configuration.hub.HUB_PUBLIC_URL
  const outboundOf = openOutbound(configuration)
  const checks = await Promise.all(
    configuration.connectors.map((one) => examineConnector(one, { outbound: outboundOf(one.config), publicUrl })),
  )
  return checks.flat()
}

type Examination = { outbound: Outbound; publicUrl: string | undefined }

async function examineConnector(
  configured: ConfiguredConnector,
  { outbound, publicUrl }: Examination,
): Promise<DoctorCheck[]> {
  const { id, connector, config } = configured
  if (!connector.doctor) return [{ name: id, status: 'ok', detail: 'on; it has no examination of its own' }]
  const { fetch } = outbound
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
