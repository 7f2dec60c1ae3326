import { defineConnector } from '../../src/index.ts'
import { doctorOfGrants } from './access/check-grants.ts'
import { deprovision, has, provision } from './access/handlers.ts'
import { doctor } from './doctor.ts'
import { installHookCommand } from './event-hook/install-hook-command.ts'
import { config } from './org/config.ts'
import { connect } from './org/connection.ts'
import { list } from './people/list-people.ts'
import { holders, read } from './people/read-person.ts'

/** Okta as an authority: it says who a person is and whether they may come in. And as a place where access is given. */
export default defineConnector({
  id: 'okta',
  config,
  connect,
  // These ask less of a client than `connect` returns, and would otherwise have the compiler infer the lesser one.
  read: (context) => read(context),
  holders: (context) => holders(context),
  list: (context) => list(context),
  grants: ({ config }) => config.OKTA_GRANTS,
  provision,
  deprovision,
  has,
  doctor: async (context) => [...(await doctor(context)), ...(await doctorOfGrants(context))],
  commands: { 'install-hook': installHookCommand },
})
