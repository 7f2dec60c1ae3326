import type { Permission } from '../core/access.ts'
import type { Journal, ListedGrant, RequestStep } from '../journal/index.ts'
import { type DeliveryPage, type DeliveryQuery, type ListedDelivery, listDeliveryPage } from './deliveries.ts'
import { findShown, type ShownDelivery } from './shown.ts'

/** What a platform asked for in one call, or the end of what it got. */
export type ListedRequest = ListedDelivery & {
  application: string
  permissions: Permission[]
  accessLengthSeconds: number | null
  /** Of a question: what its sender was told. */
  answer: string | null
  /** The end of a grant: no sender asked for it. */
  isEnd: boolean
}

export type RequestPage = Omit<DeliveryPage, 'deliveries' | 'folded'> & { requests: ListedRequest[] }

/** Lists a page of what request platforms asked for, the newest first. */
export async function listRequestPage(
  journal: Pick<Journal, 'records' | 'access'>,
  query: Omit<DeliveryQuery, 'folds' | 'requests'>,
): Promise<RequestPage> {
  const { deliveries, folded: _, ...page } = await listDeliveryPage(journal, { ...query, folds: false, requests: true })
  const asked = new Map((await journal.access.readAskedOf(deliveries.map(({ id }) => id))).map((one) => [one.id, one]))
  const requests = deliveries.flatMap((row) => {
    const found = asked.get(row.id)
    if (!found) return []
    const { application, permissions, accessLengthSeconds } = found.asked
    const what = { application: application.label, permissions, accessLengthSeconds }
    return [{ ...row, ...what, answer: found.answer, isEnd: found.isEnd }]
  })
  return { ...page, requests }
}

/** One request on one page: its questions, its grant, and what took that away, in their order. */
export type ShownRequest = { steps: ShownDelivery[]; grants: ListedGrant[] }

const mostShown = 50

/** Shows the request that a delivery is a step of; null: it came with none. */
export async function showRequest(
  journal: Pick<Journal, 'access' | 'orders' | 'queue' | 'records'>,
  delivery: string,
): Promise<ShownRequest | null> {
  const round = findRound(await journal.access.listRequestSteps(delivery), delivery)
  if (round.length === 0) return null
  const shown = round.slice(-mostShown).map(async ({ id }) => (await findShown(journal, id)).deliveries)
  const deliveries = round.map(({ id }) => id)
  const grants = await journal.access.listGrantPage({ deliveries, limit: mostShown })
  return { steps: (await Promise.all(shown)).flat(), grants }
}

/**
 * The steps that belong to one request. Platforms send no common id with their calls: a question begins a new request
 * when the last one was provisioned, and a provision does when what the last one got was taken away before.
 */
function findRound(steps: readonly RequestStep[], id: string): RequestStep[] {
  const rounds: RequestStep[][] = []
  for (const step of steps) {
    const round = rounds.at(-1)
    if (round && !beginsAnew(step, round)) round.push(step)
    else rounds.push([step])
  }
  return rounds.find((round) => round.some((step) => step.id === id)) ?? []
}

function beginsAnew({ kind, createdAt }: RequestStep, round: readonly RequestStep[]): boolean {
  if (kind === 'validate' || kind === 'preapprove')
    return round.some((step) => step.kind === 'provision' || takes(step))
  if (kind !== 'provision') return false
  return round.some((step) => takes(step) && step.settledAt !== null && step.settledAt <= createdAt)
}

/** The end of a grant is queued with the grant itself, and counts as of when it is done. */
function takes({ kind, settledAt }: RequestStep): boolean {
  return (kind === 'deprovision' || kind === 'resolve') && settledAt !== null
}
