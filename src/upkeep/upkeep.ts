import type { Log } from '../core/log.ts'
import { abortableWait } from '../core/wait.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Journal, SourceRow } from '../journal/index.ts'
import type { ResyncSchedule } from './resync-schedule.ts'
import type { SetupWatch } from './setup-watch.ts'
import type { Verification } from './verification.ts'
import type { SourceWatch } from './watch-source.ts'
import type { StuckWatch } from './watch-stuck.ts'

export type Upkeep = { start(): void; stop(): Promise<void> }

/** For so long a message is remembered after its last copy: longer than senders repeat. */
const messageDays = 30

/**
 * Does what a hub does by itself besides delivering: notes that it is alive, watches its sources, resyncs them, queues
 * verifications, and forgets messages that come no more and looks that found nothing.
 */
export function makeUpkeep({
  journal,
  sources,
  watch,
  resync,
  verification,
  setup,
  stuck,
  raiseAlert,
  tellWithheld,
  tellResolved,
  pruneLooks,
  log,
  tickSeconds,
}: {
  journal: Pick<Journal, 'access' | 'records'>
  sources: readonly string[]
  watch: SourceWatch
  /** Null: switched off. */
  resync: ResyncSchedule | null
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
  /** Forgets some of the looks that found nothing long ago. */
  pruneLooks(): Promise<void>
  log: Log
  tickSeconds: number
}): Upkeep {
  const stopping = new AbortController()
  let loop: Promise<void> | null = null

  const look = async (row: SourceRow) => {
    resync?.consider(row, stopping.signal)
    for (const alert of [...watch.listAlerts(row), ...(resync?.listAlerts(row) ?? [])]) await raiseAlert(alert)
  }

  const tick = async () => {
    const rows = await journal.records.recordHeartbeat(
      sources.map((id) => ({ id, heardSecondsAgo: watch.heardSecondsAgo(id) })),
    )
    for (const row of rows) await look(row)
    await stuck.tell()
    await tellWithheld()
    await tellResolved()
    await journal.access.forgetMessages({ days: messageDays })
    await pruneLooks()
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      await tick().catch((err) => log.error({ err }, 'The hub could not look after its sources: trying again'))
      setup?.consider()
      await verification
        ?.queueDue()
        .catch((err) => log.error({ err }, 'Verifications could not be queued: trying again'))
      await abortableWait(tickSeconds, stopping.signal).catch(() => {})
    }
  }

  return {
    start() {
      if (sources.length > 0 || verification) loop ??= run()
    },
    async stop() {
      stopping.abort(new Error('The hub ends.'))
      await loop
      await Promise.all([resync?.idle(), setup?.idle()])
    },
  }
}
