import type { Clock } from '../../core/clock.ts'
import type { AccessNews, Alert } from '../../core/hub-event-types.ts'
import type { PersonState } from '../../core/person.ts'
import type { Seen } from '../../core/sight.ts'
import { makeAccessNews } from '../../events/access-news.ts'
import { makePerson } from '../../host/person.ts'
import type { Journal, LookedAtGrant } from '../../journal/index.ts'
import type { SyncWork } from '../sync/sync-work.ts'
import { type AccessCall, callGivenBy, readTargets } from './call.ts'

/** What a look at a person's grants came to. */
export type GrantsLook = {
  alerts: Alert[]
  news: AccessNews[]
  /** Grants whose invitation lapsed. */
  lapsed: string[]
  /** Grants whose invitation was taken up: they are access now. */
  takenUp: string[]
}

export const lapsedReason = 'The invitation was not taken up: the access never came to be.'

const unknownGiver = 'the vendor does not say'

export type LookAtGrants = (work: SyncWork, state: PersonState) => Promise<GrantsLook>

/**
 * Looks at access that the hub took away lately, and at invitations that nobody has taken up. It writes nothing at the
 * vendor: access that is back is told of once, since the person may come in and somebody may have given it on purpose.
 */
export function makeLookAtGrants({
  journal,
  clock,
}: {
  journal: Pick<Journal, 'records'>
  clock: Clock
}): LookAtGrants {
  const makeCall = (grant: LookedAtGrant, { work, state }: { work: SyncWork; state: PersonState }) => {
    const { installed, authority, person, signal, deliveries } = work
    const view = { installed, authority, authorities: [authority], clock, journal, signal }
    const call: AccessCall = {
      ...{ installed, clock, signal, attempt: 1, deadline: null, permissions: [grant.permission] },
      idempotencyKey: `${deliveries[0]?.id}:${grant.id}`,
      asked: { ...grant.asked, until: grant.until },
      person: makePerson({ person, state }, view),
    }
    return call
  }

  /** What cannot be told now is not told: the alert does not wait for it. */
  const tellGivenBy = async (grant: OverGrant, call: AccessCall) => {
    const { installed, person } = call
    if (!installed.connector.givenBy || !person) return null
    const since = grant.endedAt
    const events = await journal.records.listPersonEvents({ person: person.id, source: installed.id, since })
    return callGivenBy(call, { person, target: grant.permission.target, since, events }).catch((thrown) => {
      installed.log.warn({ err: thrown, grant: grant.id }, 'Who gave access anew could not be read')
      return null
    })
  }

  const findBack = async (grant: OverGrant, { seen, call, place }: { seen: Seen; call: AccessCall; place: Place }) => {
    const { target } = grant.permission
    if (!seen.had.includes(target)) return []
    const by = (await tellGivenBy(grant, call)) ?? unknownGiver
    const facts = { ...place, target, grant: grant.id, email: grant.asked.subject.email, by }
    return [{ type: 'hub.alert.access_back', about: grant.id, once: true, facts } satisfies Alert]
  }

  return async (work, state) => {
    const { person, installed } = work
    const look: GrantsLook = { alerts: [], news: [], lapsed: [], takenUp: [] }
    const place = { person: person.id, connector: installed.id }
    for (const grant of await journal.records.listGrantsToLookAt(place)) {
      const call = makeCall(grant, { work, state })
      const seen = await readTargets(call)
      if (seen === null) return look
      if (isOver(grant)) look.alerts.push(...(await findBack(grant, { seen, call, place })))
      else judgeInvitation(grant, { seen, look, connector: installed.id })
    }
    return look
  }
}

type Place = { person: string; connector: string }

type OverGrant = LookedAtGrant & { endedAt: string }

function isOver(grant: LookedAtGrant): grant is OverGrant {
  return grant.endedAt !== null
}

type Judging = { seen: Seen; look: GrantsLook; connector: string }

/** What could not be told ends no invitation. */
function judgeInvitation(grant: LookedAtGrant, { seen, look, connector }: Judging): void {
  const { target } = grant.permission
  if (seen.invited.includes(target) || seen.unknown.some((one) => one.target === target)) return
  if (seen.had.includes(target)) {
    look.takenUp.push(grant.id)
    return
  }
  look.lapsed.push(grant.id)
  const { asked, deliveryId: delivery } = grant
  const about = { type: 'hub.access.ended', connector, asked, delivery, reason: lapsedReason } as const
  if (!look.news.some(({ data }) => data.delivery === delivery)) look.news.push(makeAccessNews(about))
}
