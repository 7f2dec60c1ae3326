import { passBrake } from './brake.ts'
import { brakeStatus, countPeople, expectWave, listBrakeOrders } from './brake-orders.ts'
import { claim, claimProbes, secondsUntilDue } from './claim.ts'
import { countDeliveries, listDeliveries, listOwed, showDelivery } from './deliveries.ts'
import type { Ingest } from './group-commit.ts'
import { listHolds, orderHolds } from './holds.ts'
import { ingest } from './ingest.ts'
import { knownPeople, observedPeople } from './known-people.ts'
import { measure } from './measure.ts'
import { connectorStates, pause, resume } from './pause.ts'
import { findPeople, timeline } from './people.ts'
import { prepare, renew } from './prepare.ts'
import { listProtected, protect, unprotect } from './protected.ts'
import { failedSince, replay } from './replay.ts'
import { makeDueAgain, settle } from './settle.ts'
import type { Sql } from './sql.ts'

type Verb<F extends (sql: Sql, ...rest: never[]) => unknown> = F extends (sql: Sql, ...rest: infer R) => infer A
  ? (...rest: R) => A
  : never

export type Journal = {
  ingest: Ingest
  claim: Verb<typeof claim>
  claimProbes: Verb<typeof claimProbes>
  secondsUntilDue: Verb<typeof secondsUntilDue>
  passBrake: Verb<typeof passBrake>
  prepare: Verb<typeof prepare>
  renew: Verb<typeof renew>
  settle: Verb<typeof settle>
  makeDueAgain: Verb<typeof makeDueAgain>
  pause: Verb<typeof pause>
  resume: Verb<typeof resume>
  connectorStates: Verb<typeof connectorStates>
  replay: Verb<typeof replay>
  failedSince: Verb<typeof failedSince>
  listDeliveries: Verb<typeof listDeliveries>
  showDelivery: Verb<typeof showDelivery>
  listOwed: Verb<typeof listOwed>
  listHolds: Verb<typeof listHolds>
  orderHolds: Verb<typeof orderHolds>
  listBrakeOrders: Verb<typeof listBrakeOrders>
  expectWave: Verb<typeof expectWave>
  brakeStatus: Verb<typeof brakeStatus>
  countPeople: Verb<typeof countPeople>
  protect: Verb<typeof protect>
  unprotect: Verb<typeof unprotect>
  listProtected: Verb<typeof listProtected>
  knownPeople: Verb<typeof knownPeople>
  observedPeople: Verb<typeof observedPeople>
  countDeliveries: Verb<typeof countDeliveries>
  findPeople: Verb<typeof findPeople>
  timeline: Verb<typeof timeline>
  measure: Verb<typeof measure>
}

/** The journal's verbs on one database. `commit` replaces the plain one-request ingest, by group commit for instance. */
export function makeJournal(sql: Sql, commit?: Ingest): Journal {
  return {
    ingest: commit ?? (async (events) => (await ingest(sql, [events]))[0] ?? { recorded: 0, duplicates: 0 }),
    claim: (options) => claim(sql, options),
    claimProbes: (options) => claimProbes(sql, options),
    secondsUntilDue: (atMost) => secondsUntilDue(sql, atMost),
    passBrake: (question) => passBrake(sql, question),
    prepare: (preparation) => prepare(sql, preparation),
    renew: (question) => renew(sql, question),
    settle: (settlement) => settle(sql, settlement),
    makeDueAgain: (question) => makeDueAgain(sql, question),
    pause: (question) => pause(sql, question),
    resume: (ids) => resume(sql, ids),
    connectorStates: () => connectorStates(sql),
    replay: (question) => replay(sql, question),
    failedSince: (text) => failedSince(sql, text),
    listDeliveries: (filter) => listDeliveries(sql, filter),
    showDelivery: (text) => showDelivery(sql, text),
    listOwed: (filter) => listOwed(sql, filter),
    listHolds: () => listHolds(sql),
    orderHolds: (order) => orderHolds(sql, order),
    listBrakeOrders: (options) => listBrakeOrders(sql, options),
    expectWave: (expectation) => expectWave(sql, expectation),
    brakeStatus: (limits) => brakeStatus(sql, limits),
    countPeople: () => countPeople(sql),
    protect: (protection) => protect(sql, protection),
    unprotect: (person) => unprotect(sql, person),
    listProtected: () => listProtected(sql),
    knownPeople: (page) => knownPeople(sql, page),
    observedPeople: () => observedPeople(sql),
    countDeliveries: () => countDeliveries(sql),
    findPeople: (text) => findPeople(sql, text),
    measure: () => measure(sql),
    timeline: (text) => timeline(sql, text),
  }
}
