import type { Clock } from './core/clock.ts'
import type { Connector } from './core/connector.ts'
import { defaultPolicy, type HubPolicy } from './core/hub-policy.ts'
import type { Log } from './core/log.ts'
import type { Schedule } from './core/schedule.ts'
import { groupCommit } from './journal/group-commit.ts'
import { type Journal, makeJournal } from './journal/journal.ts'
import type { Sql } from './journal/sql.ts'
import { httpClients } from './outbound/http.ts'
import { limitedFetch } from './outbound/limited-fetch.ts'
import { retryRead } from './outbound/retry.ts'
import { actOnObserved } from './pipeline/act-on-observed.ts'
import { makeDeliver } from './pipeline/deliver.ts'
import { type Drain, makeDrain } from './pipeline/drain.ts'
import { type Installed, install, type Outbound } from './pipeline/installed.ts'
import { makeQueueSync, type QueueSync } from './pipeline/queue-sync.ts'
import { makeReceive, type Receive } from './pipeline/receive.ts'

export type ConfiguredConnector = { id: string; connector: Connector; config: Record<string, unknown> }

/** Every wait of the hub, as data: tests scale them. */
export type Timing = {
  outboundSeconds: number
  leaseSeconds: number
  renewSeconds: number
  pollSeconds: number
  probeSeconds: number
  schedule: Schedule
}

export type HubParts = {
  sql: Sql
  connectors: readonly ConfiguredConnector[]
  timing: Timing
  concurrency: number
  clock: Clock
  log: Log
  random(): number
  policy?: HubPolicy
}

export type Hub = {
  journal: Journal
  installed: readonly Installed[]
  receive: Receive
  queueSync: QueueSync
  drain: Drain
  /** When enforcing begins: looks anew at everybody who was only observed. Returns how many they are. */
  actOnObserved(): Promise<number>
}

/** Puts the parts together. Nothing runs before `drain.start()`. */
export function makeHub({
  sql,
  connectors,
  timing,
  concurrency,
  clock,
  log,
  random,
  policy = defaultPolicy,
}: HubParts): Hub {
  const journal = makeJournal(sql, groupCommit(sql))
  const outbound: Outbound = {
    fetch: limitedFetch({ timeoutSeconds: timing.outboundSeconds }),
    retry: retryRead,
    http: httpClients({ timeoutSeconds: timing.outboundSeconds, clock }),
  }
  const installed = connectors.map((connector) => install(connector, { outbound, log }))
  const deliver = makeDeliver({ ...timing, journal, installed, clock, log, random, policy })
  const drain = makeDrain({ ...timing, ...policy, journal, deliver, log, concurrency })
  const arrivals = { ingest: journal.ingest, installed, clock, nudge: drain.nudge }
  const queueSync = makeQueueSync(arrivals)
  const catchUp = async () => (policy.mode === 'observe' ? 0 : actOnObserved({ journal, queueSync }))
  return { journal, installed, receive: makeReceive(arrivals), queueSync, drain, actOnObserved: catchUp }
}
