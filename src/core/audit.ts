/** What a batch alone orders: nobody orders it of one thing. */
export const batchedActs = ['end_grant', 'enforce'] as const

/** What an operator can order. */
export const orderKinds = [
  'release',
  'cancel',
  'expect',
  'protect',
  'unprotect',
  'except',
  'except_ended',
  'adopt',
  'resume',
  'replay',
  'recover',
  'dismiss',
  'token_made',
  'token_revoked',
  'link_made',
  'break_glass',
  'emergency_reviewed',
  'session_ended',
  'legal_hold',
  'legal_hold_ended',
  'person.erase',
  ...batchedActs,
] as const

export type OrderKind = (typeof orderKinds)[number]

/** What is ordered about a batch. What a batch does to each of its rows is an order of its own kind beside. */
export const batchOrders = ['batch.plan', 'batch.apply', 'batch.pause', 'batch.resume', 'batch.cancel'] as const

/** What the hub decides by its own rules, though nobody ordered it. */
export const hubDecisions = ['held', 'paused', 'resumed', 'adopted', 'contested', 'expired'] as const

export type HubDecision = (typeof hubDecisions)[number]

/** What is on record of browsers, and no order of the command line. */
export const sessionActs = ['signed_in'] as const

/** What is on record though it was not done: a known caller asked for it, and was refused. */
export const refusals = ['refused'] as const

/** Every act that stands in `hub.audit`: what is not in this list is not written there, and a test sees each of it written. */
export const auditActs = [
  ...orderKinds,
  ...batchOrders,
  'resync',
  'migrate',
  ...sessionActs,
  ...refusals,
  ...hubDecisions,
] as const

export type AuditAct = (typeof auditActs)[number]
