import type { ClaimedDelivery } from '../../core/queue.ts'
import { type Look, lookOf } from '../../core/verification.ts'

/** What one run is to do: these deliveries, and the looks that they ask for; no looks: an ordinary run. */
export type ChosenWork = { deliveries: readonly ClaimedDelivery[]; looks: readonly Look[] }

/**
 * Chooses what is run now. An ordinary delivery that is due has all of the lane's run as one: it plans everything anew,
 * and so stands for a verification too. Otherwise the verifications run alone, so that they use up no later look of
 * another delivery. Null: nothing is due.
 */
export function chooseWork(syncs: readonly ClaimedDelivery[]): ChosenWork | null {
  const isVerification = ({ event }: ClaimedDelivery) => event.source === 'hub' && lookOf(event.type) !== null
  if (syncs.some((delivery) => delivery.due && !isVerification(delivery))) return { deliveries: syncs, looks: [] }
  const deliveries = syncs.filter(isVerification)
  if (!deliveries.some(({ due }) => due)) return null
  return { deliveries, looks: [...new Set(deliveries.flatMap(({ event }) => lookOf(event.type) ?? []))] }
}

/** How a plan looks at a person's targets: a search includes what is known. */
export function planLookOf(looks: readonly Look[]): 'ids' | 'search' | undefined {
  if (looks.includes('search')) return 'search'
  return looks.includes('ids') ? 'ids' : undefined
}
