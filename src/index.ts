/** The public door: all that a connector may import. Nothing inside the hub imports it. */

export type { AccessRequest, Grantable, Permission, Preapproval, Validation } from './core/access.ts'
export { accept, approve, grantable, listTargets, needsApproval, reject } from './core/access.ts'
export type { AccessMetadata } from './core/access-metadata.ts'
export { accessMetadata } from './core/access-metadata.ts'
export { describeActor } from './core/actor.ts'
export type { Change, Conflict, Direction, Plan, Sighting } from './core/change.ts'
export type { Command, CommandContext } from './core/command.ts'
export type {
  Applied,
  ApplyContext,
  ConnectContext,
  Connector,
  DeprovisionContext,
  DoctorCheck,
  DoctorContext,
  GivenByContext,
  HandlerContext,
  ListContext,
  ListedPage,
  NotFound,
  PlanContext,
  ProbeContext,
  ProvisionContext,
  ReadContext,
  RequestContext,
  SyncContext,
} from './core/connector.ts'
export { defineConnector } from './core/connector.ts'
export { toHex } from './core/crypto.ts'
export { adviseOnFailure, adviseOnStatus } from './core/doctor-advice.ts'
export { foldEmail, sameEmail } from './core/email.ts'
export {
  CollisionError,
  CredentialError,
  errorMessage,
  isCollision,
  MissingRightError,
  ObjectRefusedError,
  PermanentError,
  RateLimitError,
  RetryAfterError,
  saysOf,
  TimeoutError,
  UsageError,
} from './core/errors.ts'
export type { Event, EventPattern, EventType } from './core/event.ts'
export { eventPatterns, matchesPattern } from './core/event.ts'
export type { HttpAnswer, HttpClient, HttpOptions, Retry } from './core/http-client.ts'
export type { HubAccess, HubAlert, HubAudit, HubResync } from './core/hub-event-types.ts'
export type { Json, JsonObject } from './core/json.ts'
export { isRecord } from './core/json.ts'
export type { Tokens } from './core/kept-tokens.ts'
export type { Log } from './core/log.ts'
export type { ParsedList } from './core/parse-list.ts'
export { parseList } from './core/parse-list.ts'
export type { Access, Person, PersonState } from './core/person.ts'
export { publicUrl } from './core/public-url.ts'
export { listNumbers, retryAfterSeconds, secondsUntilReset, waitSeconds } from './core/rate-limit.ts'
export { redactText } from './core/redact.ts'
export {
  exactlyOne,
  flag,
  headerName,
  isLoopback,
  jsonSetting,
  list,
  secret,
  vendorUrl,
} from './core/settings.ts'
export type { HasAnswer, Look, TargetSight } from './core/sight.ts'
export type { SubjectNames } from './core/signed-in.ts'
export { signingSecret, signWebhook } from './core/standard-webhooks.ts'
export type { GivenRequest, InvokedKind, InvokeOptions } from './host/invoke.ts'
export { invoke } from './host/invoke.ts'
export { readActor } from './sources/okta/actor.ts'
export type { OktaEvent } from './sources/okta/event-types.ts'
