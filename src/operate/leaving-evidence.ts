import type { LeavingEvidence } from '../core/evidence.ts'
import type { Journal, PersonRow } from '../journal/index.ts'
import type { Leaver } from './leaver.ts'

/** What evidence says of a leaving beside its times. `actor`: the id alone of who acted at the authority. */
export type LeavingFacts = Pick<
  Leaver,
  'status' | 'users' | 'attempts' | 'revocation' | 'revokedAt' | 'standing' | 'exception'
> & { heardBy: string; actor: string | null }

/** What was kept of one person at one connector. */
export function ofPair(kept: readonly LeavingEvidence[], { person, connector }: Pick<Leaver, 'person' | 'connector'>) {
  return kept.filter((one) => one.person === person && one.connector === connector)
}

/** The leaving that was kept and of which the journal shows a later part. */
export function findKept(
  leaver: Pick<Leaver, 'knownAt'>,
  kept: readonly LeavingEvidence[],
): LeavingEvidence | undefined {
  const known = Date.parse(leaver.knownAt)
  return kept.findLast(
    ({ heardAt, endedAt }) => Date.parse(heardAt) <= known && (endedAt === null || Date.parse(endedAt) > known),
  )
}

/**
 * Leavings of which the journal has rows, with what was kept of those of which it has a part alone, and those of which
 * only evidence is left. One that the evidence says began outside of a period is still among them.
 */
export async function addEvidence(
  { records }: Pick<Journal, 'records'>,
  leavers: readonly Leaver[],
  period: { from: string; to: string },
): Promise<Leaver[]> {
  const shown = [...new Set(leavers.map(({ person }) => person))]
  const begun = await records.listLeavingEvidence(period)
  const theirs = shown.length > 0 ? await records.listLeavingEvidence({ people: shown }) : []
  const kept = [...begun.filter(({ person }) => !shown.includes(person)), ...theirs]
  if (kept.length === 0) return [...leavers]
  const live = leavers.map((leaver) => {
    const known = findKept(leaver, ofPair(kept, leaver))
    return { known, leaver: known ? completeBy(known, leaver) : leaver }
  })
  const left = kept.filter((one) => !live.some(({ known }) => known === one))
  const people = await records.readPeople([...new Set(left.map(({ person }) => person))])
  const names = new Map(people.map((person) => [person.id, person]))
  return [
    ...live.map(({ leaver }) => leaver),
    ...left.flatMap((one) => {
      const person = names.get(one.person)
      return person ? [{ ...nameOf(person), ...readEvidence(one), detail: 'from evidence' }] : []
    }),
  ]
}

function nameOf({ source, authorityId, sightings }: PersonRow): Pick<Leaver, 'source' | 'authorityId' | 'login'> {
  const login = sightings.findLast(({ kind }) => kind === 'login')?.value ?? null
  return { source, authorityId, login }
}

/** How they stand now is what the journal shows; when it began and was shut is what was kept. */
function completeBy(kept: LeavingEvidence, leaver: Leaver): Leaver {
  const { standing, exception, detail } = leaver
  return { ...leaver, ...readEvidence(kept), standing, exception, detail }
}

function readEvidence({ person, connector, begunAt, heardAt, readBackAt, facts }: LeavingEvidence) {
  const read = facts as Partial<LeavingFacts>
  return {
    ...{ person, connector, leftAt: begunAt, knownAt: heardAt, heldAt: readBackAt },
    status: read.status ?? null,
    knownBy: read.heardBy ?? 'unknown',
    actedBy: read.actor ? { id: read.actor, name: null, login: null } : null,
    standing: read.standing ?? null,
    secondsToLockout: readBackAt === null ? null : (Date.parse(readBackAt) - Date.parse(begunAt)) / 1000,
    users: read.users ?? 0,
    revokedAt: read.revokedAt ?? null,
    revocation: read.revocation ?? 'none',
    revocationNote: null,
    attempts: read.attempts ?? 0,
    exception: read.exception ?? null,
  }
}
