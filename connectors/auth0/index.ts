import { defineConnector } from '../../src/index.ts'
import { apply } from './apply.ts'
import { connect } from './client.ts'
import { config } from './config.ts'
import { deployActionCommand } from './deploy-action-command.ts'
import { doctor } from './doctor.ts'
import { plan } from './plan.ts'

/** Auth0: locks out everybody whom the authority has let go, and opens again what the hub itself shut. */
export default defineConnector({
  id: 'auth0',
  config,
  connect,
  sync: {
    on: ['user.lifecycle.*', 'user.account.update_profile'],
    plan,
    apply,
  },
  doctor,
  commands: { 'deploy-action': deployActionCommand },
})
