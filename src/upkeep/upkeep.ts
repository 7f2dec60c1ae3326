import type { Log } from '../core/log.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { abortableWait } from '../core/wait.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Journal, SourceRow } from '../journal/index.ts'
import type { ResyncSchedule } from './resync-schedule.ts'
import type { SourceWatch } from './watch-source.ts'

export type UpkeepParts = {
  journal: Pick<Journal, 'records'>
  sources: readonly string[]
  watch: SourceWatch
  /** Null: switched off. */
  resync: ResyncSchedule | null
  raiseAlert: RaiseAlert
  log: Log
  timing: Pick<UpkeepTiming, 'tickSeconds'>
}

export type Upkeep = { start(): void; stop(): Promise<void> }

/** What a running hub does by itself besides delivering: it notes that it is alive, watches its sources, and resyncs. */
export function makeUpkeep({ journal, sources, watch, resync, raiseAlert, log, timing }: UpkeepParts): Upkeep {
  const stopping = new AbortController()
  let loop: Promise<void> | null = null

  const look = async (row: SourceRow) => {
    resync?.consider(row, stopping.signal)
    for (const alert of [...watch.alerts(row), ...(resync?.alerts(row) ?? [])]) await raiseAlert(alert)
  }

  const tick = async () => {
    const rows = await journal.records.beat(sources.map((id) => ({ id, heardSecondsAgo: watch.heardSecondsAgo(id) })))
    for (const row of rows) await look(row)
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      await tick().catch((err) => log.error({ err }, 'The hub could not look after its sources: trying again'))
      await abortableWait(timing.tickSeconds, stopping.signal).catch(() => {})
    }
  }

  return {
    start() {
      if (sources.length > 0) loop ??= run()
    },
    async stop() {
      stopping.abort(new Error('The hub ends.'))
      await loop
      await resync?.idle()
    },
  }
}
