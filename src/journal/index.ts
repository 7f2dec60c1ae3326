import {
  beginGrant,
  deliveryStatus,
  grantedAs,
  grantedTargets,
  hindrancesOf,
  holdersOf,
  lastSeen,
  listGrants,
  provisioned,
  revokedSince,
} from './access/access.ts'
import { adopt } from './orders/adopt.ts'
import { passBrake } from './orders/brake.ts'
import { brakeStatus, countPeople, expectWave, listBrakeOrders } from './orders/brake-orders.ts'
import { enforceObserved } from './orders/enforce-observed.ts'
import { listHolds, orderHolds } from './orders/holds.ts'
import { listProtected, protect, unprotect } from './orders/protected.ts'
import { failedSince, replay } from './orders/replay.ts'
import { claim, claimProbes, secondsUntilDue, takeLane } from './queue/claim.ts'
import type { Ingest } from './queue/group-commit.ts'
import { ingest } from './queue/ingest.ts'
import { connectorStates, pause, resume } from './queue/pause.ts'
import { prepare, renew } from './queue/prepare.ts'
import { makeDueAgain, settle } from './queue/settle.ts'
import { openConflicts } from './records/conflicts.ts'
import { countDeliveries, listDeliveries, listOwed, showDelivery } from './records/deliveries.ts'
import { findEvents } from './records/events.ts'
import { countEverybody, knownPeople, observedPeople } from './records/known-people.ts'
import { readLeaverHistories } from './records/leaver-histories.ts'
import { measure } from './records/measure.ts'
import { findPeople, readTimeline } from './records/people.ts'
import { allSources, beat, beginResync, endResync, knownStatuses, readSources, renewResync } from './records/source.ts'
import type { Sql } from './sql/sql.ts'

export type { GrantRow } from './access/access.ts'
export { storedForm } from './access/asked-access.ts'
export type { AccessSettlement, FollowingRevoke, NewGrant } from './access/settle-access.ts'
export type { BrakeAnswer } from './orders/brake.ts'
export type { BrakeGauge, BrakeStatus } from './orders/brake-orders.ts'
export type { HoldChange } from './orders/hold-statements.ts'
export type { HoldRow } from './orders/holds.ts'
export { cancelledText } from './orders/holds.ts'
export type { ProtectedRow } from './orders/protected.ts'
export type { Ingest } from './queue/group-commit.ts'
export { groupCommit } from './queue/group-commit.ts'
export type { Ingested } from './queue/ingest.ts'
export type { ConnectorState } from './queue/pause.ts'
export type { ProvisionalMark, SettledDelivery, Settlement } from './queue/settle.ts'
export type { ConflictRow } from './records/conflicts.ts'
export type {
  AttemptRow,
  DeliveryDetails,
  DeliveryFilter,
  DeliveryInline,
  DeliveryRow,
  OwedRow,
} from './records/deliveries.ts'
export type { EventRow } from './records/events.ts'
export type { KnownPerson } from './records/known-people.ts'
export type { PersonRow, TimelineRow } from './records/people.ts'
export type { BegunResync, SourceRow } from './records/source.ts'
export { driverTypes } from './sql/driver-types.ts'
export type { Migration } from './sql/migrate.ts'
export { checkMigrated, migrate, migrationState } from './sql/migrate.ts'
export type { Sql } from './sql/sql.ts'
export { transaction } from './sql/sql.ts'

type Verb<F extends (sql: Sql, ...rest: never[]) => unknown> = F extends (sql: Sql, ...rest: infer R) => infer A
  ? (...rest: R) => A
  : never

/** What comes in, whose turn it is, and what came of it: everything under a lane's lock. */
type JournalQueue = {
  ingest: Ingest
  claim: Verb<typeof claim>
  claimProbes: Verb<typeof claimProbes>
  secondsUntilDue: Verb<typeof secondsUntilDue>
  takeLane: Verb<typeof takeLane>
  passBrake: Verb<typeof passBrake>
  prepare: Verb<typeof prepare>
  renew: Verb<typeof renew>
  settle: Verb<typeof settle>
  makeDueAgain: Verb<typeof makeDueAgain>
  pause: Verb<typeof pause>
  resume: Verb<typeof resume>
  connectorStates: Verb<typeof connectorStates>
  deliveryStatus: Verb<typeof deliveryStatus>
}

/** What was given, and what keeps a grant from being given. */
type JournalAccess = {
  beginGrant: Verb<typeof beginGrant>
  hindrancesOf: Verb<typeof hindrancesOf>
  revokedSince: Verb<typeof revokedSince>
  grantedAs: Verb<typeof grantedAs>
  provisioned: Verb<typeof provisioned>
  grantedTargets: Verb<typeof grantedTargets>
  lastSeen: Verb<typeof lastSeen>
  holdersOf: Verb<typeof holdersOf>
  listGrants: Verb<typeof listGrants>
}

/** What operators order. */
type JournalOrders = {
  replay: Verb<typeof replay>
  adopt: Verb<typeof adopt>
  orderHolds: Verb<typeof orderHolds>
  expectWave: Verb<typeof expectWave>
  listBrakeOrders: Verb<typeof listBrakeOrders>
  brakeStatus: Verb<typeof brakeStatus>
  listHolds: Verb<typeof listHolds>
  protect: Verb<typeof protect>
  unprotect: Verb<typeof unprotect>
  listProtected: Verb<typeof listProtected>
  enforceObserved: Verb<typeof enforceObserved>
}

/** What is known and shown, and the notes of what looks after sources. */
type JournalRecords = {
  openConflicts: Verb<typeof openConflicts>
  failedSince: Verb<typeof failedSince>
  listDeliveries: Verb<typeof listDeliveries>
  showDelivery: Verb<typeof showDelivery>
  findEvents: Verb<typeof findEvents>
  listOwed: Verb<typeof listOwed>
  countPeople: Verb<typeof countPeople>
  knownPeople: Verb<typeof knownPeople>
  countEverybody: Verb<typeof countEverybody>
  observedPeople: Verb<typeof observedPeople>
  countDeliveries: Verb<typeof countDeliveries>
  findPeople: Verb<typeof findPeople>
  readTimeline: Verb<typeof readTimeline>
  readLeaverHistories: Verb<typeof readLeaverHistories>
  measure: Verb<typeof measure>
  beat: Verb<typeof beat>
  allSources: Verb<typeof allSources>
  readSources: Verb<typeof readSources>
  beginResync: Verb<typeof beginResync>
  renewResync: Verb<typeof renewResync>
  endResync: Verb<typeof endResync>
  knownStatuses: Verb<typeof knownStatuses>
}

/** The journal's verbs on one database, by whom they serve. */
export type Journal = {
  queue: JournalQueue
  access: JournalAccess
  orders: JournalOrders
  records: JournalRecords
}

/** `commit` replaces the plain one-request ingest, by group commit for instance. */
export function makeJournal(sql: Sql, commit?: Ingest): Journal {
  return {
    queue: {
      ingest: commit ?? (async (events) => (await ingest(sql, [events]))[0] ?? { recorded: 0, duplicates: 0 }),
      claim: (options) => claim(sql, options),
      claimProbes: (options) => claimProbes(sql, options),
      secondsUntilDue: (atMost) => secondsUntilDue(sql, atMost),
      takeLane: (question) => takeLane(sql, question),
      passBrake: (question) => passBrake(sql, question),
      prepare: (preparation) => prepare(sql, preparation),
      renew: (question) => renew(sql, question),
      settle: (settlement) => settle(sql, settlement),
      makeDueAgain: (question) => makeDueAgain(sql, question),
      pause: (question) => pause(sql, question),
      resume: (ids) => resume(sql, ids),
      connectorStates: () => connectorStates(sql),
      deliveryStatus: (id) => deliveryStatus(sql, id),
    },
    access: {
      beginGrant: (question) => beginGrant(sql, question),
      hindrancesOf: (question) => hindrancesOf(sql, question),
      revokedSince: (question) => revokedSince(sql, question),
      grantedAs: (question) => grantedAs(sql, question),
      provisioned: (question) => provisioned(sql, question),
      grantedTargets: (question) => grantedTargets(sql, question),
      lastSeen: (question) => lastSeen(sql, question),
      holdersOf: (question) => holdersOf(sql, question),
      listGrants: (question) => listGrants(sql, question),
    },
    orders: {
      replay: (question) => replay(sql, question),
      adopt: (adoption) => adopt(sql, adoption),
      orderHolds: (order) => orderHolds(sql, order),
      expectWave: (expectation) => expectWave(sql, expectation),
      listBrakeOrders: (options) => listBrakeOrders(sql, options),
      brakeStatus: (limits) => brakeStatus(sql, limits),
      listHolds: () => listHolds(sql),
      protect: (protection) => protect(sql, protection),
      unprotect: (person) => unprotect(sql, person),
      listProtected: () => listProtected(sql),
      enforceObserved: () => enforceObserved(sql),
    },
    records: {
      openConflicts: (person) => openConflicts(sql, person),
      failedSince: (text) => failedSince(sql, text),
      listDeliveries: (filter) => listDeliveries(sql, filter),
      showDelivery: (text) => showDelivery(sql, text),
      findEvents: (text) => findEvents(sql, text),
      listOwed: (filter) => listOwed(sql, filter),
      countPeople: () => countPeople(sql),
      knownPeople: (page) => knownPeople(sql, page),
      countEverybody: () => countEverybody(sql),
      observedPeople: () => observedPeople(sql),
      countDeliveries: () => countDeliveries(sql),
      findPeople: (text) => findPeople(sql, text),
      readTimeline: (person) => readTimeline(sql, person),
      readLeaverHistories: (period) => readLeaverHistories(sql, period),
      measure: () => measure(sql),
      beat: (sources) => beat(sql, sources),
      allSources: () => allSources(sql),
      readSources: (ids) => readSources(sql, ids),
      beginResync: (question) => beginResync(sql, question),
      renewResync: (question) => renewResync(sql, question),
      endResync: (ended) => endResync(sql, ended),
      knownStatuses: (source) => knownStatuses(sql, source),
    },
  }
}
