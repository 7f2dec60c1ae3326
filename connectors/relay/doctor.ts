import type { DoctorCheck, DoctorContext } from '../../src/index.ts'
import type { RelayConfig } from './config.ts'

/** Checks the settings alone: an endpoint would have to know how to ignore a trial message. */
export function doctor({ config }: DoctorContext<unknown, RelayConfig>): DoctorCheck[] {
  const { RELAY_SECRETS: secrets, RELAY_GRANTS: grants } = config
  const applications = Object.keys(grants).length
  return [
    secrets.length === 1
      ? { name: 'relay: secrets', status: 'ok', detail: 'messages are signed with one secret' }
      : {
          name: 'relay: secrets',
          status: 'warning',
          detail: `messages are signed with ${secrets.length} secrets: a rotation is not finished`,
          fix: 'When the endpoint takes the first one, leave the others out of RELAY_SECRETS.',
        },
    applications > 0
      ? { name: 'relay: grants', status: 'ok', detail: `${applications} application(s) may be asked for` }
      : {
          name: 'relay: grants',
          status: 'warning',
          detail: 'RELAY_GRANTS is empty: every request is refused',
          fix: 'Set it, unless only events are to be forwarded: see connectors/relay/README.md.',
        },
  ]
}
