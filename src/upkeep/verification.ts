import type { Clock } from '../core/clock.ts'
import type { UpkeepTiming } from '../core/policy.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { QueueVerifications } from '../events/verify-event.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'

export type Verification = {
  /**
   * Queues the looks that are due, as far as the vendors' budgets bear them. `upSeconds`: for how long hubs have queued
   * them without a gap; left out: since this process began.
   */
  queueDue(upSeconds?: number): Promise<void>
}

/** Looks under way at one connector at a time: a queue of thousands would stand before news. */
const mostUnderWay = 20
/** Reads that are set aside for one look, at the connector and at the authority: its real calls are what counts. */
const readsOfLook = 3
const readsOfAuthority = 2

/**
 * Queues verifications. The journal says who is due, so that one hub of several does it and what fell due while no hub
 * ran is begun at the start. Each connector's budget, and that of every authority, says how many looks may begin now:
 * that is known to a process alone, and the number of looks under way, which the journal counts, bounds them all.
 */
export function makeVerification({
  journal,
  installed,
  queueVerifications,
  raiseAlert,
  searchDays,
  timing,
  clock,
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  queueVerifications: QueueVerifications
  raiseAlert: RaiseAlert
  searchDays: number
  timing: Pick<UpkeepTiming, 'enrolEverySeconds' | 'verifyAgainSeconds' | 'overdueGraceSeconds' | 'leaseSeconds'>
  clock: Clock
}): Verification {
  const syncing = installed.filter(({ connector }) => connector.sync).map(({ id }) => id)
  const having = installed.filter(({ connector }) => connector.has).map(({ id }) => id)
  const authorities = installed.filter(({ connector }) => connector.read)
  const looked = installed.filter(({ id }) => syncing.includes(id) || having.includes(id))

  const enrol = async () => {
    const chore = await journal.records.beginChore({ name: 'enrol verifications', leaseSeconds: timing.leaseSeconds })
    if (!chore) return
    await journal.records.enrolVerifications({ syncing, having })
    await journal.records.endChore(chore, { dueInSeconds: timing.enrolEverySeconds })
  }

  /** Spares the journal a question. It keeps a second telling out by itself, for a slice that knows of none. */
  const told = new Set<string>()

  /** Told once for each quarrel; a further reversal can only follow an operator's word. */
  const tellContested = async () => {
    for (const { person, source, authorityId, connector, reversals, lastAt } of await journal.records.listContested()) {
      const about = `${connector} ${source} ${authorityId}`
      if (told.has(about + lastAt)) continue
      const facts = { connector, person, authorityId, reversals }
      await raiseAlert({ type: 'hub.alert.contested', about, occasion: lastAt, once: true, facts })
      told.add(about + lastAt)
    }
  }

  const startedAt = clock.now().getTime()

  const tellOverdue = async (upSeconds: number) => {
    if (upSeconds < timing.overdueGraceSeconds) return
    for (const { connector, people, lateSeconds } of await journal.records.listOverdueLooks(
      looked.map(({ id }) => id),
    )) {
      const facts = { connector, people, lateSeconds: Math.round(lateSeconds) }
      await raiseAlert({ type: 'hub.alert.verification_overdue', about: connector, facts })
    }
  }

  const queueAt = async (one: Installed) => {
    const rooms = [
      looksIn(one, readsOfLook),
      ...authorities.map((authority) => looksIn(authority, readsOfAuthority)),
      mostUnderWay,
    ]
    const limit = Math.min(...rooms)
    if (limit < 1) return
    const again = { againSeconds: timing.verifyAgainSeconds }
    const due = await journal.records.claimVerifications({ connector: one.id, limit, searchDays, ...again })
    one.budget?.reserve(due.length * readsOfLook)
    for (const authority of authorities) authority.budget?.reserve(due.length * readsOfAuthority)
    await queueVerifications(due)
  }

  return {
    async queueDue(upSeconds = (clock.now().getTime() - startedAt) / 1000) {
      await enrol()
      for (const one of looked) await queueAt(one)
      await tellContested()
      await tellOverdue(upSeconds)
    },
  }
}

function looksIn({ budget, pulse }: Installed, reads: number): number {
  if (!pulse.isAnswering() || pulse.secondsUntilRoom() > 0) return 0
  return budget ? budget.room(reads) : mostUnderWay
}
