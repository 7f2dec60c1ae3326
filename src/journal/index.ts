// Longer than 250 lines because every verb of the journal is listed here, once by its type and once bound.

import type { TakeCalls } from '../core/call-budget.ts'
import { listGrantPage, readGrantTrail } from './access/grant-pages.ts'
import {
  beginGrant,
  filterHolders,
  findGrantees,
  findHindrances,
  findLastSeen,
  findStandingProvision,
  isProvisionStanding,
  listGrantedTargets,
  listGrants,
  listRevokedAccesses,
  readDeliveryStatus,
} from './access/grants.ts'
import { endMessage, forgetMessages, linkMessage, listMessageRevokes, takeMessage } from './access/messages.ts'
import { listRequestSteps, readAskedOf } from './access/request-steps.ts'
import { countActs } from './audit/count-acts.ts'
import { listNumbered } from './audit/list-numbered.ts'
import { numberAudit } from './audit/number-audit.ts'
import { listAudit } from './audit/read-audit.ts'
import { writeRefusal } from './audit/write-refusal.ts'
import { type BatchVerbs, makeBatchVerbs } from './batches/batch-verbs.ts'
import { countPeople, expectWave, listBrakeOrders, readBrakeStatus } from './orders/brake-status.ts'
import { listConnectorOrders, resumeConnector } from './orders/connector-orders.ts'
import { endSetAside } from './orders/end-set-aside.ts'
import { listHolds, orderHolds } from './orders/holds.ts'
import { listOrders } from './orders/operator-orders.ts'
import { orderSync } from './orders/order-sync.ts'
import { passBrake } from './orders/pass-brake.ts'
import {
  adopt,
  endExceptions,
  exceptPerson,
  listExceptions,
  listProtected,
  protect,
  unprotect,
} from './orders/person-orders.ts'
import { enforceObserved, findFailedOf, findFailedSince, replay } from './orders/replay.ts'
import { giveKeyBack, keepAnswer, takeKey } from './orders/request-keys.ts'
import { addSession, endSession, findSession, listSessions, noteSessionUse } from './orders/sessions.ts'
import { addLink, reviewEmergency, useLink } from './orders/signin-links.ts'
import { addSigninStart, takeSigninStart } from './orders/signin-starts.ts'
import { addToken, findToken, listTokens, noteTokenUse, revokeToken } from './orders/tokens.ts'
import { claim, claimNamed, claimProbes, takeLane } from './queue/claim.ts'
import { findSecondsUntilDue, readSecondsUntilDue } from './queue/due-lanes.ts'
import type { Ingest } from './queue/group-commit.ts'
import { ingestAlone } from './queue/ingest.ts'
import { listConnectorStates, makeProbesDue, pause, resume, takeProbes } from './queue/pause.ts'
import { prepare, renew } from './queue/prepare.ts'
import { makeRecordDenial, type RecordDenial } from './queue/record-denial.ts'
import { makeDueAgain, makeSettle, type Settle } from './queue/settle.ts'
import { listCallBudgets, takeCalls } from './queue/take-calls.ts'
import { type AlertVerbs, makeAlertVerbs } from './records/alerts.ts'
import { beginChore, endChore, makeChoresDue, noteUpkeep } from './records/chores.ts'
import { readCoverage, readOldestEventTime } from './records/coverage.ts'
import { countDeliveries, findEvents, listDeliveries, listOwed, showDelivery } from './records/deliveries.ts'
import { findPage, findPeopleSeenAs, findStanding } from './records/delivery-pages.ts'
import { listEmergencies } from './records/emergencies.ts'
import { findEventsByKey } from './records/find-events.ts'
import { findIds } from './records/find-ids.ts'
import {
  countAllPeople,
  isEnforced,
  listKnownPeople,
  listObservedPeople,
  readKnownPeople,
} from './records/known-people.ts'
import { readLeaverHistories, readPersonHistories } from './records/leaver-histories.ts'
import { listLinkedPeople } from './records/linked-people.ts'
import {
  forgetPosition,
  keepListing,
  listMissing,
  readKnownStatuses,
  readListing,
  startListing,
} from './records/listing.ts'
import { measureQueue } from './records/measure.ts'
import { pruneLooks } from './records/old-looks.ts'
import { findPeople, listOpenConflicts, listUntouchedAccounts, readPeople, readPersonName } from './records/people.ts'
import { listPeopleIds, listPeopleSeenAs } from './records/people-pages.ts'
import { readResyncs } from './records/read-resyncs.ts'
import {
  beginResync,
  endResync,
  noteHeard,
  readAllSources,
  readSources,
  recordHeartbeat,
  recordListed,
  renewResync,
} from './records/source.ts'
import { listStuck, measureOldestDenial } from './records/stuck.ts'
import { listTimelinePage, readTimeline } from './records/timeline.ts'
import { listUnreadCallers } from './records/unread-callers.ts'
import { makeVerificationVerbs, type VerificationVerbs } from './records/verifications.ts'
import { countWaiting } from './records/waiting.ts'
import { erasePerson, planErase } from './retention/erase-person.ts'
import { listLeavingEvidence, pruneEvidence } from './retention/evidence.ts'
import { exportPerson } from './retention/export-person.ts'
import { endLegalHold, listLegalHolds, setLegalHold } from './retention/legal-holds.ts'
import { pruneBodies } from './retention/prune-bodies.ts'
import { pruneEvents } from './retention/prune-events.ts'
import { pruneSignIns } from './retention/prune-sign-ins.ts'
import { bindByKey } from './sql/read-by-key.ts'
import type { Sql } from './sql/sql.ts'

export type { GrantFilter, GrantTrail, ListedGrant } from './access/grant-pages.ts'
export type { GrantRow } from './access/grants.ts'
export type { HeldMessage } from './access/messages.ts'
export type { AskedOf, RequestStep } from './access/request-steps.ts'
export type { AccessSettlement, FollowingRevoke, NewGrant } from './access/settle-access.ts'
export { toStoredForm } from './access/stored-json.ts'
export type { ActCount } from './audit/count-acts.ts'
export type { AuditFilter, AuditRow, AuditWords } from './audit/read-audit.ts'
export { separateNames } from './audit/write-audit.ts'
export type { BatchSet, BatchSets } from './batches/batch-act.ts'
export type { BatchItem, BatchRow } from './batches/read-batches.ts'
export type { Endable } from './batches/read-endable.ts'
export type { Protectable } from './batches/read-protectable.ts'
export type { Replayable } from './batches/read-replayable.ts'
export type { BatchTurn, OpenRow } from './batches/take-turn.ts'
export type { RowToWrite } from './batches/write-plans.ts'
export type { BrakeGauge, BrakeStatus } from './orders/brake-status.ts'
export type { HoldChange, HoldPlace, HoldRow } from './orders/holds.ts'
export { describeCancel } from './orders/holds.ts'
export type { OrderNote, OrderRow, ReasonedNote } from './orders/operator-orders.ts'
export type { BrakeAnswer } from './orders/pass-brake.ts'
export type { ProtectedRow } from './orders/person-orders.ts'
export type { KeptAnswer } from './orders/request-keys.ts'
export type { FoundSession, NewSession, SessionRefusal, SessionRow, SessionWay } from './orders/sessions.ts'
export type { LinkKind, UsedLink } from './orders/signin-links.ts'
export type { LiveToken, TokenRow } from './orders/tokens.ts'
export type { Room, Rooms } from './queue/due-lanes.ts'
export type { Ingest } from './queue/group-commit.ts'
export { makeGroupCommit } from './queue/group-commit.ts'
export type { Ingested } from './queue/ingest.ts'
export { ingestAlone } from './queue/ingest.ts'
export type { ConnectorState } from './queue/pause.ts'
export type { Decision, ProvisionalMark, SettledDelivery, Settlement, Verified } from './queue/settlement.ts'
export type { CallBudgetRow } from './queue/take-calls.ts'
export { watchJournaling } from './queue/watch-journaling.ts'
export type { OpenAlert, OverAlert } from './records/alerts.ts'
export type { CoverageRow } from './records/coverage.ts'
export type {
  AttemptRow,
  DeliveryDetails,
  DeliveryFilter,
  DeliveryInline,
  DeliveryRow,
  EventRow,
  OwedRow,
} from './records/deliveries.ts'
export type { FoundPage, PageFilter, StandingRow } from './records/delivery-pages.ts'
export { mostExamined } from './records/delivery-pages.ts'
export type { EmergencyRow } from './records/emergencies.ts'
export type { KnownPerson } from './records/known-people.ts'
export type { KeptListing, Listing, ListingCounts } from './records/listing.ts'
export { mostCounted } from './records/measure.ts'
export type { ConflictRow, PersonRow, UntouchedAccount } from './records/people.ts'
export type { ListedPerson } from './records/people-pages.ts'
export type { OpenListing, ResyncState } from './records/read-resyncs.ts'
export type { BegunResync, ListingMode, SourceRow } from './records/source.ts'
export type { StuckCause, StuckLimits, StuckRow } from './records/stuck.ts'
export type { TimelinePage, TimelineRow } from './records/timeline.ts'
export type {
  ContestedRow,
  DueLook,
  LookedAtGrant,
  VerificationPace,
  VerificationRow,
} from './records/verifications.ts'
export type { WaitingRow } from './records/waiting.ts'
export type { EraseBlock, ErasePlan } from './retention/erase-person.ts'
export type { ExportedTable } from './retention/export-person.ts'
export type { LegalHoldRow } from './retention/legal-holds.ts'
export type { KeepLeavings } from './retention/prune-events.ts'
export { driverTypes } from './sql/driver-types.ts'
export { grantRunTime, ownsAudit } from './sql/grant-run-time.ts'
export type { Migration } from './sql/migrate.ts'
export { checkMigrated, migrate, migrationState } from './sql/migrate.ts'
export { seesOwnWrites } from './sql/sees-own-writes.ts'
export type { Sql } from './sql/sql.ts'
export { isUnavailable, transaction } from './sql/sql.ts'
export { transactionPooler } from './sql/transaction-pooler.ts'

type Verb<F extends (sql: Sql, ...rest: never[]) => unknown> = F extends (sql: Sql, ...rest: infer R) => infer A
  ? (...rest: R) => A
  : never

/** What comes in, whose turn it is, and what came of it: everything under a lane's lock. */
type JournalQueue = {
  ingest: Ingest
  claim: Verb<typeof claim>
  claimNamed: Verb<typeof claimNamed>
  claimProbes: Verb<typeof claimProbes>
  makeProbesDue: Verb<typeof makeProbesDue>
  takeProbes: Verb<typeof takeProbes>
  readSecondsUntilDue: Verb<typeof readSecondsUntilDue>
  findSecondsUntilDue: Verb<typeof findSecondsUntilDue>
  takeLane: Verb<typeof takeLane>
  passBrake: Verb<typeof passBrake>
  recordDenial: RecordDenial
  prepare: Verb<typeof prepare>
  renew: Verb<typeof renew>
  settle: Settle
  makeDueAgain: Verb<typeof makeDueAgain>
  pause: Verb<typeof pause>
  resume: Verb<typeof resume>
  listConnectorStates: Verb<typeof listConnectorStates>
  takeCalls: TakeCalls
  listCallBudgets: Verb<typeof listCallBudgets>
  readDeliveryStatus: Verb<typeof readDeliveryStatus>
}

/** What was given, and what keeps a grant from being given. */
type JournalAccess = {
  beginGrant: Verb<typeof beginGrant>
  findHindrances: Verb<typeof findHindrances>
  listRevokedAccesses: Verb<typeof listRevokedAccesses>
  findGrantees: Verb<typeof findGrantees>
  findStandingProvision: Verb<typeof findStandingProvision>
  isProvisionStanding: Verb<typeof isProvisionStanding>
  listGrantedTargets: Verb<typeof listGrantedTargets>
  findLastSeen: Verb<typeof findLastSeen>
  filterHolders: Verb<typeof filterHolders>
  listGrants: Verb<typeof listGrants>
  listGrantPage: Verb<typeof listGrantPage>
  readGrantTrail: Verb<typeof readGrantTrail>
  listRequestSteps: Verb<typeof listRequestSteps>
  readAskedOf: Verb<typeof readAskedOf>
  takeMessage: Verb<typeof takeMessage>
  linkMessage: Verb<typeof linkMessage>
  endMessage: Verb<typeof endMessage>
  listMessageRevokes: Verb<typeof listMessageRevokes>
  forgetMessages: Verb<typeof forgetMessages>
}

/** What operators order. */
type JournalOrders = {
  replay: Verb<typeof replay>
  adopt: Verb<typeof adopt>
  orderHolds: Verb<typeof orderHolds>
  expectWave: Verb<typeof expectWave>
  listBrakeOrders: Verb<typeof listBrakeOrders>
  readBrakeStatus: Verb<typeof readBrakeStatus>
  listHolds: Verb<typeof listHolds>
  protect: Verb<typeof protect>
  unprotect: Verb<typeof unprotect>
  listProtected: Verb<typeof listProtected>
  listExceptions: Verb<typeof listExceptions>
  resumeConnector: Verb<typeof resumeConnector>
  listConnectorOrders: Verb<typeof listConnectorOrders>
  enforceObserved: Verb<typeof enforceObserved>
  listOrders: Verb<typeof listOrders>
  endSetAside: Verb<typeof endSetAside>
  exceptPerson: Verb<typeof exceptPerson>
  setLegalHold: Verb<typeof setLegalHold>
  endLegalHold: Verb<typeof endLegalHold>
  listLegalHolds: Verb<typeof listLegalHolds>
  planErase: Verb<typeof planErase>
  erasePerson: Verb<typeof erasePerson>
  endExceptions: Verb<typeof endExceptions>
  orderSync: Verb<typeof orderSync>
  addToken: Verb<typeof addToken>
  revokeToken: Verb<typeof revokeToken>
  addSession: Verb<typeof addSession>
  endSession: Verb<typeof endSession>
  addLink: Verb<typeof addLink>
  useLink: Verb<typeof useLink>
  reviewEmergency: Verb<typeof reviewEmergency>
  addSigninStart: Verb<typeof addSigninStart>
  takeSigninStart: Verb<typeof takeSigninStart>
  takeKey: Verb<typeof takeKey>
  keepAnswer: Verb<typeof keepAnswer>
  giveKeyBack: Verb<typeof giveKeyBack>
  writeRefusal: Verb<typeof writeRefusal>
}

type BoundVerbs = VerificationVerbs & AlertVerbs

/** What is known and shown, and the notes of what looks after sources. */
type JournalRecords = BoundVerbs & {
  listOpenConflicts: Verb<typeof listOpenConflicts>
  listUntouchedAccounts: Verb<typeof listUntouchedAccounts>
  findFailedSince: Verb<typeof findFailedSince>
  findFailedOf: Verb<typeof findFailedOf>
  listDeliveries: Verb<typeof listDeliveries>
  showDelivery: Verb<typeof showDelivery>
  findEvents: Verb<typeof findEvents>
  findIds: Verb<typeof findIds>
  findPage: Verb<typeof findPage>
  findStanding: Verb<typeof findStanding>
  findPeopleSeenAs: Verb<typeof findPeopleSeenAs>
  findEventsByKey: Verb<typeof findEventsByKey>
  countWaiting: Verb<typeof countWaiting>
  listOwed: Verb<typeof listOwed>
  countPeople: Verb<typeof countPeople>
  listKnownPeople: Verb<typeof listKnownPeople>
  readKnownPeople: Verb<typeof readKnownPeople>
  countAllPeople: Verb<typeof countAllPeople>
  listObservedPeople: Verb<typeof listObservedPeople>
  isEnforced: Verb<typeof isEnforced>
  listUnreadCallers: Verb<typeof listUnreadCallers>
  countDeliveries: Verb<typeof countDeliveries>
  findPeople: Verb<typeof findPeople>
  readPeople: Verb<typeof readPeople>
  listPeopleIds: Verb<typeof listPeopleIds>
  listPeopleSeenAs: Verb<typeof listPeopleSeenAs>
  listTimelinePage: Verb<typeof listTimelinePage>
  readTimeline: Verb<typeof readTimeline>
  readLeaverHistories: Verb<typeof readLeaverHistories>
  readPersonHistories: Verb<typeof readPersonHistories>
  measureQueue: Verb<typeof measureQueue>
  readPersonName: Verb<typeof readPersonName>
  pruneLooks: Verb<typeof pruneLooks>
  pruneBodies: Verb<typeof pruneBodies>
  pruneEvents: Verb<typeof pruneEvents>
  pruneEvidence: Verb<typeof pruneEvidence>
  pruneSignIns: Verb<typeof pruneSignIns>
  listLeavingEvidence: Verb<typeof listLeavingEvidence>
  exportPerson: Verb<typeof exportPerson>
  listStuck: Verb<typeof listStuck>
  measureOldestDenial: Verb<typeof measureOldestDenial>
  findToken: Verb<typeof findToken>
  listTokens: Verb<typeof listTokens>
  noteTokenUse: Verb<typeof noteTokenUse>
  findSession: Verb<typeof findSession>
  listSessions: Verb<typeof listSessions>
  noteSessionUse: Verb<typeof noteSessionUse>
  recordHeartbeat: Verb<typeof recordHeartbeat>
  recordListed: Verb<typeof recordListed>
  readAllSources: Verb<typeof readAllSources>
  readSources: Verb<typeof readSources>
  readResyncs: Verb<typeof readResyncs>
  beginResync: Verb<typeof beginResync>
  renewResync: Verb<typeof renewResync>
  endResync: Verb<typeof endResync>
  readKnownStatuses: Verb<typeof readKnownStatuses>
  noteHeard: Verb<typeof noteHeard>
  readListing: Verb<typeof readListing>
  startListing: Verb<typeof startListing>
  keepListing: Verb<typeof keepListing>
  listMissing: Verb<typeof listMissing>
  forgetPosition: Verb<typeof forgetPosition>
  beginChore: Verb<typeof beginChore>
  endChore: Verb<typeof endChore>
  makeChoresDue: Verb<typeof makeChoresDue>
  noteUpkeep: Verb<typeof noteUpkeep>
  listLinkedPeople: Verb<typeof listLinkedPeople>
  listAudit: Verb<typeof listAudit>
  countActs: Verb<typeof countActs>
  listEmergencies: Verb<typeof listEmergencies>
  readCoverage: Verb<typeof readCoverage>
  readOldestEventTime: Verb<typeof readOldestEventTime>
  numberAudit: Verb<typeof numberAudit>
  listNumbered: Verb<typeof listNumbered>
}

/** The journal's verbs on one database, by whom they serve. */
export type Journal = {
  queue: JournalQueue
  access: JournalAccess
  orders: JournalOrders
  records: JournalRecords
  batches: BatchVerbs
}

/** `commit` replaces the plain one-request ingest, by group commit for instance. */
export function makeJournal(sql: Sql, commit?: Ingest): Journal {
  const byKey = bindByKey(sql)
  return {
    queue: {
      ingest: commit ?? ((events) => ingestAlone(sql, events)),
      claim: (options) => claim(sql, options),
      claimNamed: (options) => claimNamed(sql, options),
      claimProbes: (options) => claimProbes(sql, options),
      makeProbesDue: () => makeProbesDue(sql),
      takeProbes: (options) => takeProbes(sql, options),
      readSecondsUntilDue: (atMost, rooms) => readSecondsUntilDue(sql, atMost, rooms),
      findSecondsUntilDue: (within, rooms) => findSecondsUntilDue(sql, within, rooms),
      takeLane: (question) => takeLane(sql, question),
      passBrake: (question) => passBrake(sql, question),
      recordDenial: makeRecordDenial(sql),
      prepare: (preparation) => prepare(sql, preparation),
      renew: (question) => renew(sql, question),
      settle: makeSettle(sql),
      makeDueAgain: (question) => makeDueAgain(sql, question),
      pause: (question) => pause(sql, question),
      resume: (ids) => resume(sql, ids),
      listConnectorStates: () => listConnectorStates(sql),
      takeCalls: (question) => takeCalls(sql, question),
      listCallBudgets: () => listCallBudgets(sql),
      readDeliveryStatus: (id) => readDeliveryStatus(sql, id),
    },
    access: {
      beginGrant: (question) => beginGrant(sql, question),
      findHindrances: (question) => findHindrances(sql, question),
      listRevokedAccesses: (question) => listRevokedAccesses(sql, question),
      findGrantees: (question) => findGrantees(sql, question),
      findStandingProvision: (question) => findStandingProvision(sql, question),
      isProvisionStanding: (question) => isProvisionStanding(sql, question),
      listGrantedTargets: (question) => listGrantedTargets(sql, question),
      findLastSeen: (question) => findLastSeen(sql, question),
      filterHolders: (question) => filterHolders(sql, question),
      listGrants: byKey(listGrants),
      listGrantPage: byKey(listGrantPage),
      readGrantTrail: byKey(readGrantTrail),
      listRequestSteps: byKey(listRequestSteps),
      readAskedOf: byKey(readAskedOf),
      takeMessage: (copy) => takeMessage(sql, copy),
      linkMessage: (link) => linkMessage(sql, link),
      endMessage: (end) => endMessage(sql, end),
      listMessageRevokes: (record) => listMessageRevokes(sql, record),
      forgetMessages: (age) => forgetMessages(sql, age),
    },
    orders: {
      replay: (question) => replay(sql, question),
      adopt: (adoption) => adopt(sql, adoption),
      orderHolds: (order) => orderHolds(sql, order),
      expectWave: (expectation) => expectWave(sql, expectation),
      listBrakeOrders: (options) => listBrakeOrders(sql, options),
      readBrakeStatus: byKey(readBrakeStatus),
      listHolds: byKey(listHolds),
      protect: (protection) => protect(sql, protection),
      unprotect: (person) => unprotect(sql, person),
      listProtected: byKey(listProtected),
      listExceptions: byKey(listExceptions),
      resumeConnector: (order) => resumeConnector(sql, order),
      listConnectorOrders: () => listConnectorOrders(sql),
      enforceObserved: () => enforceObserved(sql),
      listOrders: byKey(listOrders),
      endSetAside: (order) => endSetAside(sql, order),
      exceptPerson: (exception) => exceptPerson(sql, exception),
      setLegalHold: (order) => setLegalHold(sql, order),
      endLegalHold: (order) => endLegalHold(sql, order),
      listLegalHolds: () => listLegalHolds(sql),
      planErase: (person) => planErase(sql, person),
      erasePerson: (order) => erasePerson(sql, order),
      endExceptions: (order) => endExceptions(sql, order),
      orderSync: (order) => orderSync(sql, order),
      addToken: (token, note) => addToken(sql, token, note),
      revokeToken: (order) => revokeToken(sql, order),
      addSession: (session, act) => addSession(sql, session, act),
      endSession: (order) => endSession(sql, order),
      addLink: (link, note) => addLink(sql, link, note),
      useLink: (use) => useLink(sql, use),
      reviewEmergency: (review) => reviewEmergency(sql, review),
      addSigninStart: (start) => addSigninStart(sql, start),
      takeSigninStart: (hash) => takeSigninStart(sql, hash),
      takeKey: (request) => takeKey(sql, request),
      keepAnswer: (kept) => keepAnswer(sql, kept),
      giveKeyBack: (request) => giveKeyBack(sql, request),
      writeRefusal: (operator, refusal) => writeRefusal(sql, operator, refusal),
    },
    records: {
      listOpenConflicts: byKey(listOpenConflicts),
      listUntouchedAccounts: byKey(listUntouchedAccounts),
      findFailedSince: (text) => findFailedSince(sql, text),
      findFailedOf: (event) => findFailedOf(sql, event),
      listDeliveries: byKey(listDeliveries),
      showDelivery: byKey(showDelivery),
      findEvents: byKey(findEvents),
      findIds: byKey(findIds),
      findPage: byKey(findPage),
      findStanding: byKey(findStanding),
      findPeopleSeenAs: byKey(findPeopleSeenAs),
      findEventsByKey: byKey(findEventsByKey),
      countWaiting: byKey(countWaiting),
      listOwed: byKey(listOwed),
      countPeople: byKey(countPeople),
      listKnownPeople: (page) => listKnownPeople(sql, page),
      readKnownPeople: byKey(readKnownPeople),
      countAllPeople: () => countAllPeople(sql),
      listObservedPeople: () => listObservedPeople(sql),
      isEnforced: (person) => isEnforced(sql, person),
      listUnreadCallers: (question) => listUnreadCallers(sql, question),
      countDeliveries: () => countDeliveries(sql),
      findPeople: byKey(findPeople),
      readPeople: byKey(readPeople),
      listPeopleIds: byKey(listPeopleIds),
      listPeopleSeenAs: byKey(listPeopleSeenAs),
      listTimelinePage: byKey(listTimelinePage),
      readTimeline: byKey(readTimeline),
      readLeaverHistories: byKey(readLeaverHistories),
      readPersonHistories: byKey(readPersonHistories),
      measureQueue: byKey(measureQueue),
      readPersonName: (person) => readPersonName(sql, person),
      pruneLooks: (question) => pruneLooks(sql, question),
      pruneBodies: (step) => pruneBodies(sql, step),
      pruneEvents: (step) => pruneEvents(sql, step),
      pruneEvidence: (step) => pruneEvidence(sql, step),
      pruneSignIns: (step) => pruneSignIns(sql, step),
      listLeavingEvidence: byKey(listLeavingEvidence),
      exportPerson: (...question) => exportPerson(sql, ...question),
      listStuck: byKey(listStuck),
      measureOldestDenial: byKey(measureOldestDenial),
      findToken: byKey(findToken),
      listTokens: byKey(listTokens),
      noteTokenUse: (id) => noteTokenUse(sql, id),
      findSession: byKey(findSession),
      listSessions: byKey(listSessions),
      noteSessionUse: (id) => noteSessionUse(sql, id),
      recordListed: (listed) => recordListed(sql, listed),
      recordHeartbeat: (sources) => recordHeartbeat(sql, sources),
      readAllSources: () => readAllSources(sql),
      readSources: (ids) => readSources(sql, ids),
      readResyncs: () => readResyncs(sql),
      beginResync: (question) => beginResync(sql, question),
      renewResync: (question) => renewResync(sql, question),
      endResync: (ended) => endResync(sql, ended),
      readKnownStatuses: (question) => readKnownStatuses(sql, question),
      noteHeard: (ids) => noteHeard(sql, ids),
      readListing: (question) => readListing(sql, question),
      startListing: (held, listing) => startListing(sql, held, listing),
      keepListing: (held, noted) => keepListing(sql, held, noted),
      listMissing: (question) => listMissing(sql, question),
      forgetPosition: (held, mode) => forgetPosition(sql, held, mode),
      beginChore: (question) => beginChore(sql, question),
      endChore: (chore, next) => endChore(sql, chore, next),
      makeChoresDue: (names) => makeChoresDue(sql, names),
      noteUpkeep: (gap) => noteUpkeep(sql, gap),
      listLinkedPeople: byKey(listLinkedPeople),
      listAudit: byKey(listAudit),
      countActs: byKey(countActs),
      listEmergencies: byKey(listEmergencies),
      readCoverage: byKey(readCoverage),
      readOldestEventTime: byKey(readOldestEventTime),
      numberAudit: (question) => numberAudit(sql, question),
      listNumbered: byKey(listNumbered),
      ...makeVerificationVerbs(sql),
      ...makeAlertVerbs(sql),
    },
    batches: makeBatchVerbs(sql),
  }
}
