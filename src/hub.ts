import { makeCallBudgets } from './core/call-budgets.ts'
import type { Clock } from './core/clock.ts'
import type { KeptDays } from './core/evidence.ts'
import type { KeptTokens } from './core/kept-tokens.ts'
import type { Log } from './core/log.ts'
import { type Meter, makeMeter } from './core/meter.ts'
import type { ConfiguredConnector } from './core/policy.ts'
import { defaultPolicy, defaultUpkeepTiming, type HubPolicy, type UpkeepTiming } from './core/policy.ts'
import type { Schedule } from './core/schedule.ts'
import type { Nudge } from './core/woken.ts'
import { noWorkScope, type WorkScope } from './core/work-scope.ts'
import { makeDeliver } from './engine/deliver.ts'
import { type Drain, makeDrain } from './engine/drain.ts'
import { makeAlertRefused } from './engine/ending/alerts.ts'
import { makeProbePaused } from './engine/probe.ts'
import { makeSlots } from './engine/slots.ts'
import { makeTellAccess } from './events/access-news.ts'
import { makeRaiseAlert, makeTellWithheld, type RaiseAlert } from './events/alert.ts'
import { makeRecordDenial } from './events/record-denial.ts'
import { makeTellResolved, type TellResolved } from './events/resolved-alert.ts'
import { makeQueueSync, type QueueSync } from './events/resync-event.ts'
import { makeTellAudit, type TellAudit } from './events/tell-audit.ts'
import { makeQueueVerifications, type QueueVerifications } from './events/verify-event.ts'
import { type Installed, install } from './host/installed.ts'
import { sayWhetherAnswering } from './host/say-whether-answering.ts'
import { type AnswerInline, makeAnswer } from './intake/answer.ts'
import { makeReceive, type Receive } from './intake/receive.ts'
import { type Ingest, type Journal, makeGroupCommit, makeJournal, type Sql, watchJournaling } from './journal/index.ts'
import { keepLeavings } from './operate/keep-leavings.ts'
import type { OutboundGuard } from './outbound/guard.ts'
import { makeOutbound } from './outbound/outbound.ts'
import type { Send } from './outbound/send.ts'
import { makeNumberAudit } from './upkeep/number-audit.ts'
import { makeActOnObserved } from './upkeep/observed.ts'
import { makePruneJournal } from './upkeep/prune-journal.ts'
import { makePruneLooks } from './upkeep/prune-looks.ts'
import { makeReadCallers } from './upkeep/read-callers.ts'
import { makeResync, type Resync } from './upkeep/resync.ts'
import { makeResyncSchedule } from './upkeep/resync-schedule.ts'
import { makeSetupWatch } from './upkeep/setup-watch.ts'
import { makeUpkeep, type Upkeep } from './upkeep/upkeep.ts'
import { makeVerification } from './upkeep/verification.ts'
import { type DoorWatch, makeSourceWatch } from './upkeep/watch-source.ts'
import { makeStuckWatch } from './upkeep/watch-stuck.ts'

/** Every wait of the hub, as data: tests scale them. */
export type Timing = {
  outboundSeconds: number
  /** How long one call of a connector's code may last before it is given up. */
  callSeconds: number
  leaseSeconds: number
  renewSeconds: number
  pollSeconds: number
  probeSeconds: number
  schedule: Schedule
}

export type HubParts = {
  sql: Sql
  /** Connections for journaling hooks alone; without them it shares the others. */
  ingestSql?: Sql
  /** How the events of a request are journaled; left out: in one transaction with those of concurrent requests. */
  ingest?: Ingest
  connectors: readonly ConfiguredConnector[]
  timing: Timing
  concurrency: number
  clock: Clock
  log: Log
  random(): number
  policy?: HubPolicy
  /** Keeps calls from going inside, but where a connector's own settings say so. Without it nothing does. */
  guard?: OutboundGuard
  /** How the calls of connectors over `http` are sent; left out: by `fetch`, which every runtime has. */
  send?: Send
  /** The `fetch` that calls which are not guarded go through in the end; left out: the runtime's. */
  via?: typeof fetch
  /** Tokens of connectors that outlive this hub; left out: none does. */
  tokens?: KeptTokens
  /** What carries the ids of a delivery along to its calls and log lines; without it they stand in the hub's own lines. */
  scope?: WorkScope
  /** Told of each lane that something woke, besides the drain: for where no drain runs on. */
  onWoken?: Nudge
  /** Without it the hub looks after no source: it only delivers. */
  upkeep?: UpkeepSettings
}

export type UpkeepSettings = {
  /** Ids of the sources that are listened to. */
  sources: readonly string[]
  resync: boolean
  /** A source that is silent for so long is alerted; 0: never. */
  silenceHours: number
  /** How people who are locked out are looked at again; null or left out: not at all. */
  verify?: { searchDays: number } | null
  /** For so many days looks that found nothing stay on record; left out: for ever. */
  keepLooksDays?: number
  /** For how long what is over is kept; left out: for ever. */
  keep?: KeptDays
  /** Texts of files that belong to the hub; without it nothing is read of what connectors rest on at their vendors. */
  file?: (name: string) => Promise<string>
  timing?: UpkeepTiming
}

export type Hub = {
  journal: Journal
  installed: readonly Installed[]
  receive: Receive
  /** Answers inline hooks. */
  inline: AnswerInline
  queueSync: QueueSync
  raiseAlert: RaiseAlert
  drain: Drain
  /** What this process counts of its own work. */
  meter: Meter
  /** What the HTTP surface notes of each call. */
  watch: DoorWatch
  resync: Resync
  upkeep: Upkeep
  /** @throws UsageError when the journal can be reached and not written */
  assertWritable(): Promise<void>
  /** When enforcing begins: looks anew at all people who were only observed. Returns how many they are. */
  actOnObserved(): Promise<number>
}

/** Puts the parts together. Nothing runs before `drain.start()`, or outside of `drain.work()`. */
export function makeHub(parts: HubParts): Hub {
  const {
    sql,
    connectors,
    timing,
    concurrency,
    clock,
    log,
    random,
    policy = defaultPolicy,
    scope = noWorkScope,
  } = parts
  const meter = makeMeter()
  const journaling = watchJournaling(sql, parts.ingest ?? makeGroupCommit(parts.ingestSql ?? sql), { clock })
  const journal = makeJournal(sql, journaling.ingest)
  const { guard, send, via } = parts
  const outboundOf = makeOutbound({ timeoutSeconds: timing.outboundSeconds, clock, guard, send, via, scope })
  const { callSeconds } = timing
  const budgetOf = makeCallBudgets({ takeCalls: journal.queue.takeCalls, clock })
  const installed = connectors.map((one) =>
    install(one, {
      outbound: outboundOf(one.config, { changed: sayWhetherAnswering(one.id, log), budget: budgetOf(one) }),
      ...{ log, callSeconds, clock, scope, tokens: parts.tokens },
    }),
  )
  const nudge: Nudge = (lanes) => {
    drain.nudge()
    parts.onWoken?.(lanes)
  }
  const arrivals = { ingest: journal.queue.ingest, installed, clock, log, nudge }
  const raiseAlert = makeRaiseAlert({ ...arrivals, records: journal.records })
  const tellAccess = makeTellAccess(arrivals)
  const recordDenial = makeRecordDenial({ ...arrivals, queue: journal.queue })
  const queueSync = makeQueueSync(arrivals)
  const alertRefused = makeAlertRefused({ journal, raiseAlert, probeSeconds: timing.probeSeconds })
  const work = {
    ...timing,
    journal,
    installed,
    clock,
    log,
    random,
    raiseAlert,
    alertRefused,
    tellAccess,
    recordDenial,
    policy,
    scope,
    meter,
  }
  const deliver = makeDeliver(work)
  const inline = makeAnswer({ ...work, deliver, ingest: journal.queue.ingest, nudge })
  const slots = makeSlots({ concurrency, installed })
  const probePaused = makeProbePaused({ ...timing, journal, installed, log })
  const drain = makeDrain({ ...timing, ...policy, journal, deliver, clock, log, slots, probePaused })
  const receive = makeReceive({ ...arrivals, raiseAlert })
  const { quietSeconds } = parts.upkeep?.timing ?? defaultUpkeepTiming
  const upkeep = makeSourceUpkeep({
    ...parts.upkeep,
    tellAudit: makeTellAudit(arrivals),
    tellResolved: makeTellResolved({ ...arrivals, records: journal.records, quietSeconds }),
    journal,
    installed,
    queueSync,
    queueVerifications: makeQueueVerifications(arrivals),
    raiseAlert,
    schedule: timing.schedule,
    clock,
    log,
    scope,
  })
  const actOnObserved = makeActOnObserved({ mode: policy.mode, journal, queueSync, nudge })
  const { assertWritable } = journaling
  const verbs = { receive, inline, queueSync, raiseAlert, drain, actOnObserved, assertWritable }
  return { journal, installed, meter, ...verbs, ...upkeep }
}

/** What looks after the sources; without settings there are none to look after. */
function makeSourceUpkeep({
  sources = [],
  resync: isOn = false,
  silenceHours = 0,
  verify = null,
  keepLooksDays: keepDays,
  keep,
  file,
  timing = defaultUpkeepTiming,
  ...needs
}: Partial<UpkeepSettings> & {
  journal: Journal
  installed: readonly Installed[]
  queueSync: QueueSync
  queueVerifications: QueueVerifications
  raiseAlert: RaiseAlert
  tellResolved: TellResolved
  tellAudit: TellAudit
  schedule: Schedule
  clock: Clock
  log: Log
  scope: WorkScope
}): Pick<Hub, 'watch' | 'resync' | 'upkeep'> {
  const watch = makeSourceWatch({ clock: needs.clock, refusals: timing.refusals, silenceHours })
  const resync = makeResync({ ...needs, timing })
  const able = needs.installed.filter(({ connector }) => connector.list).map(({ id }) => id)
  const resyncs = isOn ? makeResyncSchedule({ ...needs, resync, able, timing }) : null
  const setup = verify && file ? makeSetupWatch({ ...needs, file, timing }) : null
  const verification = verify ? makeVerification({ ...needs, ...verify, timing }) : null
  const { tickSeconds, pruneEverySeconds: everySeconds } = timing
  const pruneLooks = keepDays === undefined ? null : makePruneLooks({ ...needs, ...timing, keepDays, everySeconds })
  const pruneJournal = keep ? makePruneJournal({ ...needs, ...timing, keep, keepLeavings, everySeconds }) : null
  const numberAudit = makeNumberAudit({ ...needs, ...timing, everySeconds: timing.numberEverySeconds })
  const tellWithheld = makeTellWithheld({ records: needs.journal.records, raiseAlert: needs.raiseAlert })
  return {
    watch,
    resync,
    upkeep: makeUpkeep({
      ...needs,
      ...{ sources, watch, tickSeconds, tellWithheld, pruneLooks, pruneJournal, numberAudit },
      ...{ resync: resyncs, verification, setup, stuck: makeStuckWatch(needs) },
      ...{ readCallers: makeReadCallers({ ...needs, ...timing }), runResync: resync },
    }),
  }
}
