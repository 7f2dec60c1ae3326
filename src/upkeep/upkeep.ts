import type { Log } from '../core/log.ts'
import { abortableWait } from '../core/wait.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Journal, SourceRow } from '../journal/index.ts'
import type { NumberAudit } from './number-audit.ts'
import { makeOrderedResyncs, type OrderedResyncs } from './ordered-resyncs.ts'
import type { PruneJournal } from './prune-journal.ts'
import type { PruneLooks } from './prune-looks.ts'
import type { ReadCallers } from './read-callers.ts'
import type { Resync } from './resync.ts'
import type { ResyncSchedule } from './resync-schedule.ts'
import type { SetupWatch } from './setup-watch.ts'
import { startSlice } from './slice.ts'
import type { Verification } from './verification.ts'
import type { SourceWatch } from './watch-source.ts'
import type { StuckWatch } from './watch-stuck.ts'

export type Upkeep = {
  start(): void
  /** Begins a resync that an operator ordered. */
  beginResync: OrderedResyncs['begin']
  stop(): Promise<void>
  /**
   * Does once what a process that lives does over and over, for so long and no longer: for where no process lives on. A
   * listing that is cut off goes on in the next slice, in whatever process. It needs no start, and never rejects.
   */
  runSlice(slice: { seconds: number; signal?: AbortSignal }): Promise<void>
  /** Journals which sources this process has heard: where one process hears, and another does upkeep. */
  noteHeard(): Promise<void>
}

/** For so long a message is remembered after its last copy: longer than senders repeat. */
const messageDays = 30

/** A slice that comes so late found nobody at it in between. */
const gapSeconds = 600

/** Steps of a slice: as many as a process that lives takes in a minute. */
const pruneSteps = 12

/**
 * Does what a hub does by itself besides delivering: notes that it is alive, watches its sources, resyncs them, queues
 * verifications, and forgets messages that come no more and looks that found nothing. Whatever several processes must not
 * do at once keeps to a lease in the database.
 */
export function makeUpkeep({
  journal,
  sources,
  watch,
  resync,
  runResync,
  verification,
  setup,
  stuck,
  raiseAlert,
  tellWithheld,
  tellResolved,
  pruneLooks,
  pruneJournal,
  numberAudit,
  readCallers,
  log,
  tickSeconds,
}: {
  journal: Pick<Journal, 'access' | 'records'>
  sources: readonly string[]
  watch: SourceWatch
  /** Null: switched off. */
  resync: ResyncSchedule | null
  /** What an operator's order of a resync runs. */
  runResync: Resync
  /** Null: switched off. */
  verification: Verification | null
  /** Null: switched off. */
  setup: SetupWatch | null
  stuck: StuckWatch
  raiseAlert: RaiseAlert
  /** Tells how many alerts of an hour that is over were only recorded. */
  tellWithheld(): Promise<void>
  /** Tells which alerts are over. */
  tellResolved(): Promise<void>
  /** Null: looks are never forgotten. */
  pruneLooks: PruneLooks | null
  /** Null: what is over is kept for ever. */
  pruneJournal: PruneJournal | null
  numberAudit: NumberAudit
  readCallers: ReadCallers
  log: Log
  tickSeconds: number
}): Upkeep {
  const stopping = new AbortController()
  const ordered = makeOrderedResyncs({ resync: runResync, log })
  let loop: Promise<void> | null = null

  const beat = () =>
    journal.records.recordHeartbeat(sources.map((id) => ({ id, heardSecondsAgo: watch.heardSecondsAgo(id) })))

  const look = async (row: SourceRow) => {
    resync?.consider(row, stopping.signal)
    for (const alert of [...watch.listAlerts(row), ...(resync?.listAlerts(row) ?? [])]) await raiseAlert(alert)
  }

  const tellAndForget = async () => {
    await stuck.tell()
    await tellWithheld()
    await tellResolved()
    await journal.access.forgetMessages({ days: messageDays })
  }

  const tick = async () => {
    for (const row of await beat()) await look(row)
    await readCallers()
    await tellAndForget()
    await pruneLooks?.()
    await pruneJournal?.()
    await numberAudit()
  }

  const run = async () => {
    await setup?.makeDue().catch((err) => log.error({ err }, notLookedAfter))
    while (!stopping.signal.aborted) {
      await tick().catch((err) => log.error({ err }, notLookedAfter))
      setup?.consider()
      await verification?.queueDue().catch((err) => log.error({ err }, notQueued))
      await abortableWait(tickSeconds, stopping.signal).catch(() => {})
    }
  }

  /** What is short and what is for denials comes before what takes long. */
  const runPass = async (signal: AbortSignal) => {
    const step = async (failed: string, work: () => Promise<unknown>) => {
      if (!signal.aborted) await work().catch((err) => log.error({ err }, failed))
    }
    let rows: SourceRow[] = []
    setup?.consider()
    await step(notLookedAfter, async () => {
      rows = await beat()
      for (const alert of rows.flatMap(watch.listAlerts)) await raiseAlert(alert)
      await tellAndForget()
    })
    await step(notQueued, readCallers)
    await step(notQueued, async () => verification?.queueDue(await journal.records.noteUpkeep({ gapSeconds })))
    for (const row of rows) {
      await step(notLookedAfter, async () => {
        for (const alert of (await resync?.runSlice(row, signal)) ?? []) await raiseAlert(alert)
      })
    }
    await step(notLookedAfter, async () => {
      for (let steps = 0; steps < pruneSteps && !signal.aborted; steps++) if (!(await pruneLooks?.())) break
    })
    await step(notLookedAfter, async () => {
      for (let steps = 0; steps < pruneSteps && !signal.aborted; steps++) if (!(await pruneJournal?.())) break
    })
    await step(notLookedAfter, async () => {
      for (let steps = 0; steps < pruneSteps && !signal.aborted; steps++) if (!(await numberAudit())) break
    })
  }

  return {
    start() {
      if (sources.length > 0 || verification) loop ??= run()
    },
    beginResync: ordered.begin,
    async stop() {
      stopping.abort(new Error('The hub ends.'))
      await loop
      await Promise.all([resync?.idle(), ordered.stop(), setup?.idle()])
    },
    async runSlice({ seconds, signal }) {
      const slice = startSlice({ seconds, signals: signal ? [signal, stopping.signal] : [stopping.signal] })
      try {
        await runPass(slice.signal)
        await slice.orOver(setup?.idle())
      } finally {
        slice.end()
      }
    },
    async noteHeard() {
      const heard = watch.listHeard()
      if (heard.length > 0) await journal.records.noteHeard(heard)
    },
  }
}

const notLookedAfter = 'The hub could not look after its sources: trying again'
const notQueued = 'Verifications could not be queued: trying again'
