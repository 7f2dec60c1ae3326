import type { Clock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { within } from '../../core/wait.ts'
import { begin, readSqlState, type Sql } from '../sql/sql.ts'
import type { Ingest } from './group-commit.ts'

export type JournalingWatch = {
  /** The same journaling, with its last failure remembered. */
  ingest: Ingest
  /**
   * Resolves unless the last journaling failed; then a trial decides, at most one in a few seconds.
   * @throws UsageError when the journal cannot be written
   */
  assertWritable(): Promise<void>
}

type Options = { clock: Clock; probeSeconds?: number; probeLimitSeconds?: number }

/**
 * Remembers whether the journal could be written the last time, so that readiness can tell: on a full disk the database
 * answers every question, and refuses every hook. It costs nothing while all goes well.
 */
export function watchJournaling(
  sql: Sql,
  ingest: Ingest,
  { clock, probeSeconds = 5, probeLimitSeconds = 2 }: Options,
): JournalingWatch {
  let failure: { state: string } | null = null
  let probing: Promise<void> | null = null
  let probedAt = Number.NEGATIVE_INFINITY

  const probe = async () => {
    try {
      await within(tryWriting(sql), probeLimitSeconds, () => {
        throw new Error('The trial was not answered in time.')
      })
      failure = null
    } catch (thrown) {
      failure = { state: readSqlState(thrown) }
    } finally {
      probing = null
    }
  }

  return {
    async ingest(events, signal) {
      try {
        const ingested = await ingest(events, signal)
        failure = null
        return ingested
      } catch (thrown) {
        failure = { state: readSqlState(thrown) }
        throw thrown
      }
    },
    async assertWritable() {
      const now = clock.now().getTime()
      if (failure !== null && now - probedAt >= probeSeconds * 1000) {
        probedAt = now
        probing = probe()
      }
      await probing
      if (failure === null) return
      throw new UsageError({
        what: 'The journal can be reached, but not written.',
        why: failure.state
          ? `PostgreSQL refused the last event (${failure.state}).`
          : 'The last event was not committed in time.',
        fix: 'Look at the free room on its disk, at its locks and its log.',
      })
    },
  }
}

/**
 * Writes as much as a small hook, which makes the table grow on the disk if it has no room left, and takes it back: the
 * row is never seen.
 */
async function tryWriting(sql: Sql): Promise<void> {
  const done = new Error('taken back')
  await begin(sql, async (tx) => {
    await tx`
      insert into hub.event (id, source, external_id, type, time, received_at, raw)
      select 'evt_trial', 'hub', 'evt_trial', 'hub.trial', now(), now(), string_agg(md5(i::text), '')::bytea
      from generate_series(1, 512) as i`
    throw done
  }).catch((thrown) => {
    if (thrown !== done) throw thrown
  })
}
