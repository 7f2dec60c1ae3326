import { defineConnector } from '../../src/index.ts'
import { deprovision, has } from './access/deprovision.ts'
import { provision } from './access/provision.ts'
import { deployActionCommand } from './action/deploy-action-command.ts'
import { doctor, watch } from './doctor.ts'
import { apply } from './lockout/apply.ts'
import { plan } from './lockout/plan.ts'
import { subjectsOf } from './people/subjects-of.ts'
import { connect } from './tenant/client.ts'
import { config } from './tenant/config.ts'

/**
 * Events after which a person's status or e-mails may be different. A re-hired person is PROVISIONED until the first
 * password is set, which makes them ACTIVE, and no other event reports that.
 */
const syncedEventTypes = [
  'user.lifecycle.*',
  'user.account.update_profile',
  'user.account.update_password',
  'user.account.lock',
  'user.account.unlock',
  'user.account.unlock_by_admin',
] as const

/**
 * Auth0: denies the users of people whom the authority denies, and allows again only users that the hub itself denied.
 * It also gives and takes roles and memberships that a request platform asks for.
 */
export default defineConnector({
  id: 'auth0',
  config,
  connect,
  sync: { on: syncedEventTypes, plan, apply },
  actsFor: ({ config }) => config.AUTH0_AUTHORITIES,
  grants: ({ config }) => config.AUTH0_GRANTS,
  subjectsOf,
  provision,
  deprovision,
  has,
  doctor,
  watch,
  probe: ({ client }) => client.readAnyUser(),
  commands: { 'deploy-action': deployActionCommand },
})
