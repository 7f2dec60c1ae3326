import { defineConnector } from '../../src/index.ts'
import { config } from './config.ts'
import { connect } from './connection.ts'
import { deprovision } from './deprovision.ts'
import { doctor } from './doctor.ts'
import { doctorOfGrants } from './doctor-of-grants.ts'
import { has } from './has.ts'
import { holders } from './holders.ts'
import { installHookCommand } from './install-hook-command.ts'
import { list } from './list.ts'
import { provision } from './provision.ts'
import { read } from './read.ts'

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
