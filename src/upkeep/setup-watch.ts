import type { Log } from '../core/log.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import { noWorkScope, runPaced, type WorkScope } from '../core/work-scope.ts'
import type { RaiseAlert } from '../events/alert.ts'
import { type Installed, withClient } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'

export type SetupWatch = {
  /** Makes all looks due: a process that lives looks at its start. */
  makeDue(): Promise<void>
  /** Begins the looks that are due, and returns at once. */
  consider(): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/**
 * Looks, at the start of a process that lives and then at every interval, whether what a connector's work rests on at the vendor is as it should be, and alerts what is
 * not. It mends nothing: that takes an administrator's credential. When it looks next stands in the database, so that
 * one hub of several does it, and a slice knows; one that dies at it is followed after a lease.
 */
export function makeSetupWatch({
  installed,
  file,
  raiseAlert,
  journal: { records },
  timing,
  log,
  scope = noWorkScope,
}: {
  installed: readonly Installed[]
  /** Texts of files that belong to the hub, such as the bundled Action. */
  file(name: string): Promise<string>
  raiseAlert: RaiseAlert
  journal: Pick<Journal, 'records'>
  timing: Pick<UpkeepTiming, 'watchEverySeconds' | 'retrySeconds' | 'leaseSeconds'>
  log: Log
  scope?: WorkScope
}): SetupWatch {
  const running = new Map<string, Promise<void>>()

  /** Returns whether all was well. */
  const look = async (one: Installed): Promise<boolean> => {
    const { id, connector, config, fetch } = one
    if (!connector.watch || !fetch) return true
    const { watch } = connector
    const read = () => withClient(one, async (client) => watch({ client, config, fetch, file }))
    const checks = await runPaced(scope, { connector: id, calls: 'background' }, read)
    for (const { name, status, detail, fix = '' } of checks) {
      const about = `${id} ${name}`
      if (status === 'problem') await raiseAlert({ type: 'hub.alert.setup_changed', about, facts: { detail, fix } })
      else log.debug({ connector: id, detail }, `${name}: ${status}`)
      // What cannot be told, a warning, ends nothing.
      if (status === 'ok') await records.endAlert({ type: 'hub.alert.setup_changed', about })
    }
    return checks.every(({ status }) => status !== 'problem')
  }

  const lookInTurn = async (one: Installed) => {
    const chore = await records.beginChore({ name: nameChore(one.id), leaseSeconds: timing.leaseSeconds })
    if (!chore) return
    // What is wrong is likely to be mended: that it is should be seen soon.
    let dueInSeconds = timing.retrySeconds
    try {
      if (await look(one)) dueInSeconds = timing.watchEverySeconds
    } finally {
      await records.endChore(chore, { dueInSeconds })
    }
  }

  const watched = installed.filter(({ connector }) => connector.watch)

  return {
    makeDue: () => records.makeChoresDue(watched.map(({ id }) => nameChore(id))),
    consider() {
      for (const one of watched) {
        const { id } = one
        if (running.has(id)) continue
        const work = lookInTurn(one)
          .catch((err) =>
            log.warn({ connector: id, err }, 'What this connector rests on could not be looked at: trying again'),
          )
          .finally(() => running.delete(id))
        running.set(id, work)
      }
    },
    async idle() {
      await Promise.all(running.values())
    },
  }
}

function nameChore(connector: string): string {
  return `setup ${connector}`
}
