import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { noWorkScope, runInBackground, type WorkScope } from '../core/work-scope.ts'
import type { RaiseAlert } from '../events/alert.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'

export type SetupWatch = {
  /** Begins the looks that are due, and returns at once. */
  consider(): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/**
 * Looks, at the start and then at every interval, whether what a connector's work rests on at the vendor is as it should
 * be, and alerts what is not. It mends nothing: that takes an administrator's credential.
 */
export function makeSetupWatch({
  installed,
  file,
  raiseAlert,
  journal: { records },
  timing,
  clock,
  log,
  scope = noWorkScope,
}: {
  installed: readonly Installed[]
  /** Texts of files that belong to the hub, such as the bundled Action. */
  file(name: string): Promise<string>
  raiseAlert: RaiseAlert
  journal: Pick<Journal, 'records'>
  timing: Pick<UpkeepTiming, 'watchEverySeconds' | 'retrySeconds'>
  clock: Clock
  log: Log
  scope?: WorkScope
}): SetupWatch {
  const nextAt = new Map<string, number>()
  const running = new Map<string, Promise<void>>()
  const scheduleNext = (id: string, seconds: number) => nextAt.set(id, clock.now().getTime() + seconds * 1000)

  const look = async (one: Installed) => {
    const { id, connector, config, fetch } = one
    if (!connector.watch || !fetch) return
    const { watch } = connector
    const read = () => withClient(one, async (client) => watch({ client, config, fetch, file }))
    const checks = await runInBackground(scope, id, read)
    // Somebody is likely to mend it: that it is mended should be seen soon.
    if (checks.some(({ status }) => status === 'problem')) scheduleNext(id, timing.retrySeconds)
    for (const { name, status, detail, fix = '' } of checks) {
      const about = `${id} ${name}`
      if (status === 'problem') await raiseAlert({ type: 'hub.alert.setup_changed', about, facts: { detail, fix } })
      else log.debug({ connector: id, detail }, `${name}: ${status}`)
      // What cannot be told, a warning, ends nothing.
      if (status === 'ok') await records.endAlert({ type: 'hub.alert.setup_changed', about })
    }
  }

  return {
    consider() {
      for (const one of installed) {
        const { id, connector } = one
        if (!connector.watch || running.has(id) || (nextAt.get(id) ?? 0) > clock.now().getTime()) continue
        scheduleNext(id, timing.watchEverySeconds)
        const work = look(one)
          .catch((err) => {
            scheduleNext(id, timing.retrySeconds)
            log.warn({ connector: id, err }, 'What this connector rests on could not be looked at: trying again')
          })
          .finally(() => running.delete(id))
        running.set(id, work)
      }
    },
    async idle() {
      await Promise.all(running.values())
    },
  }
}
