import type { Sighting } from '../../core/change.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { NewAttempt } from '../../core/queue.ts'
import { toJsonOrNull } from '../sql/columns.ts'
import type { SettledDelivery, Settlement } from './settlement.ts'

/** A settlement as `hub.settle_together` and `hub.give_back` read it. What is empty is absent: its statement is left out. */
export function toSettlementRow(settlement: Settlement): Record<string, unknown> {
  const { lane, targets, connector, person, sightings, deliveries, attempts, owedDone, owedDropped, hasRight } =
    settlement
  const held = [lane, ...targets].map(({ key, epoch }) => ({ key, epoch }))
  const links = sightings.filter(({ kind }) => kind === 'former_link').map(({ value }) => value)
  return {
    lane: lane.key,
    held,
    targets: orAbsent(targets.map(({ key }) => key)),
    connector,
    hasRight: hasRight || undefined,
    decisions: orAbsent(settlement.decisions ?? []),
    ...{ deliveries: deliveries.map(toDelivery), attempts: orAbsent(attempts.map(toAttempt)) },
    ...toLaneMarks(settlement),
    ...toHold(settlement),
    ...(person && {
      person: person.id,
      state: person.state ?? undefined,
      readAt: person.state?.readAt,
      access: person.state?.access,
      sightings: orAbsent(unite(sightings)),
      formerLinks: orAbsent(links),
      owedDone: orAbsent(owedDone),
      owedDropped: owedDropped || undefined,
      ...toLooks(settlement),
    }),
  }
}

function orAbsent<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined
}

function unite(sightings: readonly Sighting[]): Sighting[] {
  return [...new Map(sightings.map((s) => [JSON.stringify([s.kind, s.connector ?? '', s.value]), s])).values()]
}

/** A later judgment of the same person stands for what was set aside before. */
const standing = new Set<DeliveryStatus>(['succeeded', 'no_match', 'held', 'superseded', 'contradicted'])

function toDelivery({ sync, collapsed, ...delivery }: SettledDelivery) {
  return { ...delivery, stands: sync === true && standing.has(delivery.status), collapsed: orAbsent(collapsed) }
}

/** The answer goes as text: it is kept as it was written. */
function toAttempt({ answer, ...attempt }: NewAttempt) {
  return { ...attempt, answer: toJsonOrNull(answer) }
}

function toLaneMarks({ observed, provisional, person }: Settlement) {
  const tried = provisional?.kind === 'tried' ? provisional : null
  return {
    wasRead: Boolean(person?.state),
    observed,
    provisionalOver: provisional?.kind === 'over',
    ...(tried && { provisionalTried: true, provisionalDenied: tried.denied, provisionalNext: tried.againSeconds }),
  }
}

function toHold({ hold }: Settlement) {
  return hold && (hold.over || hold.hold) ? { hold: { delivery: hold.delivery, over: hold.over, ...hold.hold } } : {}
}

function toLooks({ verified }: Settlement) {
  if (!verified) return {}
  const { looks, access, seen, reversed, takenUp } = verified
  return { looks, looksFor: access, seen, reversed: orAbsent(reversed), takenUp: orAbsent(takenUp) }
}
