import { defineConnector } from '../../src/index.ts'
import { tellGivenBy } from './access/given-by.ts'
import { deprovision, has, provision } from './access/handlers.ts'
import { doctor } from './doctor.ts'
import { installHookCommand } from './event-hook/install-hook-command.ts'
import { config } from './org/config.ts'
import { connect } from './org/connection.ts'
import { isMove } from './org/leave-events.ts'
import { probe } from './org/probe.ts'
import { subjectsOf } from './org/subjects-of.ts'
import { listPeople } from './people/list-people.ts'
import { findHolders, readPerson } from './people/read-person.ts'

/** Okta: the authority, which says who a person is and whether they may log in. It also gives and takes groups and apps. */
export default defineConnector({
  id: 'okta',
  config,
  connect,
  // Arrows, because these functions need less of a client than `connect` returns, and the compiler would infer that less.
  read: (context) => readPerson(context),
  holders: (context) => findHolders(context),
  list: (context) => listPeople(context),
  moves: isMove,
  grants: ({ config }) => config.OKTA_GRANTS,
  subjectsOf,
  provision,
  deprovision,
  has,
  givenBy: (context) => tellGivenBy(context),
  doctor,
  probe: (context) => probe(context),
  commands: { 'install-hook': installHookCommand },
})
