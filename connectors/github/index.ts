import { defineConnector } from '../../src/index.ts'
import { connect } from './client.ts'
import { config } from './config.ts'
import { deprovision } from './deprovision.ts'
import { doctor } from './doctor.ts'
import { has } from './has.ts'
import { provision } from './provision.ts'

/** GitHub: membership of organizations and teams, always as a plain member. */
export default defineConnector({
  id: 'github',
  config,
  connect,
  grants: ({ config }) => config.GITHUB_GRANTS,
  provision,
  deprovision,
  has,
  doctor,
  probe: ({ client, signal }) => client.whoAmI(signal),
})
