import { personLane } from '../core/lane.ts'
import type { ClaimedLane } from '../core/queue.ts'
import type { Installed } from '../host/installed.ts'
import type { KnownPerson } from '../journal/index.ts'

/** The person's lane at a connector, as a worker that claims it would find it. */
export function laneOfKnown(person: KnownPerson, { id: connector }: Pick<Installed, 'id'>): ClaimedLane {
  return {
    key: personLane({ connector, authority: person.source, authorityId: person.authorityId }),
    epoch: 0,
    connector,
    authority: person.source,
    person,
    takenOver: false,
    probe: false,
    denial: false,
    authorityPaused: false,
    provisional: false,
    deliveries: [],
    owed: person.owed.flatMap((one) => (one.connector === connector ? [one.change] : [])),
    grants: person.grants.flatMap((one) => (one.connector === connector ? [one.grant] : [])),
  }
}
