import { defineConnector } from '../../src/index.ts'
import { makeZendeskReads } from './client.ts'
import { config } from './config.ts'
import { deprovision } from './deprovision.ts'
import { doctor } from './doctor.ts'
import type { Created } from './find-user.ts'
import { has } from './has.ts'
import { provision } from './provision.ts'

/** Zendesk: the agent's role, and with it the seat that is paid for. */
export default defineConnector({
  id: 'zendesk',
  config,
  connect: (): Created => new Map(),
  grants: ({ config }) => config.ZENDESK_GRANTS,
  provision,
  deprovision,
  has,
  doctor,
  probe: ({ http, config }) => makeZendeskReads(http, config).whoAmI(),
})
