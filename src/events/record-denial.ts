import type { Clock } from '../core/clock.ts'
import type { HubPersonDenied } from '../core/hub-event-types.ts'
import type { PersonState } from '../core/person.ts'
import type { ClaimedPerson, HeldLane } from '../core/queue.ts'
import { hideSecretsIn } from '../core/redact.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'

type ReadSubject = {
  /** As the journal had the person before this read. */
  person: Pick<ClaimedPerson, 'id' | 'source' | 'authorityId' | 'state' | 'sightings'>
  /** What the authority said. */
  state: PersonState
  /** The lane under whose lease it was read. */
  lane: HeldLane
  /** Of what gave rise to the read. */
  traceId: string | null
}

/**
 * Records at once that the authority denies a person: every run passes here after it has read its person, and
 * before it plans anything. Nobody waits for a connector, the brake, a hold or the mode to know of it.
 * @throws FencedOutError when the lane's lease was lost
 */
export type RecordDenial = (subject: ReadSubject) => Promise<void>

/**
 * Makes what marks a person as denied, once for each leaving, and tells of it by an event of the source `hub` in the same
 * transaction. That the person may come in again is written when the run that read it is settled.
 */
export function makeRecordDenial({
  queue,
  nudge,
  ...routes
}: {
  queue: Pick<Journal['queue'], 'recordDenial'>
  installed: readonly Installed[]
  clock: Clock
  nudge: Nudge
}): RecordDenial {
  return async ({ person, state, lane, traceId }) => {
    if (state.access !== 'deny' || isKnownDenial(person.state, state)) return
    const { id, source, authorityId } = person
    const data: HubPersonDenied = {
      about: nameOf(person, state),
      ...{ person: id, source, authorityId, status: state.status },
      ...{ statusChangedAt: state.statusChangedAt, readAt: state.readAt },
    }
    const event = makeRoutedEvent(
      {
        ...{
          source: 'hub',
          type: 'hub.person.denied',
          person: { source, authorityId },
          data: hideSecretsIn({ ...data }),
        },
        ...(traceId === null ? {} : { traceId }),
      },
      routes,
    )
    const isNews = await queue.recordDenial({ person: id, state, lane, event })
    // An empty list would say that it is not known which lanes were woken, and have all looked at.
    if (isNews && event.deliveries.length > 0) nudge(listWoken([event]))
  }
}

/**
 * A state that denies is never journaled without the mark. While the authority names the same change of status, nobody
 * was let in since, so that no statement is needed to see that it is no news.
 */
function isKnownDenial(known: PersonState | null, { statusChangedAt }: PersonState): boolean {
  return known?.access === 'deny' && known.statusChangedAt === statusChangedAt
}

function nameOf({ authorityId, sightings }: ReadSubject['person'], { logins, emails }: PersonState): string {
  const seen = sightings.find(({ kind }) => kind === 'login') ?? sightings.find(({ kind }) => kind === 'email')
  return logins[0] ?? emails[0] ?? seen?.value ?? authorityId
}
