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
 * ran is begun at the start. Each connector's budget, and that of every authority, says how many looks may begin now; the
 * number of looks under way, which the journal counts, bounds them too.
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
  const readsAtAuthorities = authorities.map((authority) => ({ of: authority, each: readsOfAuthority }))
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
    if (![one, ...authorities].every(({ pulse }) => pulse.isAnswering())) return
    const wanted = await journal.records.countDueLooks({ connector: one.id, atMost: mostUnderWay })
    const reads = await takeReads([{ of: one, each: readsOfLook }, ...readsAtAuthorities], wanted)
    const again = { againSeconds: timing.verifyAgainSeconds }
    const due =
      reads.looks < 1
        ? []
        : await journal.records.claimVerifications({ connector: one.id, limit: reads.looks, searchDays, ...again })
    reads.keep(due.length)
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

type Reads = { of: Pick<Installed, 'budget'>; each: number }

/**
 * Takes the reads of so many looks, or of as many as all vendors bear. `keep` gives back those of looks that do not begin.
 * A vendor that bears less than one look is overdrawn by one, and its budget makes that up.
 */
async function takeReads(
  needs: readonly Reads[],
  wanted: number,
): Promise<{ looks: number; keep(looks: number): void }> {
  const taken: (Reads & { granted: number })[] = []
  let looks = wanted
  for (const { of, each } of needs) {
    if (!of.budget || looks < 1) continue
    const { granted } = await of.budget.take('background', looks * each)
    taken.push({ of, each, granted })
    looks = granted === 0 ? 0 : Math.max(1, Math.floor(granted / each))
  }
  return {
    looks,
    keep(kept) {
      for (const { of, each, granted } of taken) of.budget?.giveBack('background', granted - kept * each)
    },
  }
}
