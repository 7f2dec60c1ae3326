import type { Clock } from '../core/clock.ts'
import { FencedOutError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { HeldLane } from '../core/queue.ts'
import type { Journal } from '../journal/index.ts'

export type Lease = {
  /** Aborted at the lease's end, or when another worker has it. */
  signal: AbortSignal
  /** Throws when the lease has ended, also right after a process that was stopped wakes up, before any timer ran. */
  assertHeld(): void
  /** Users leased for this run are renewed along with the lane. */
  include(targets: readonly HeldLane[]): void
  release(): void
  /**
   * Ends the lease in the journal, so that another worker takes the lane over at once. A journal that cannot be reached
   * is asked again until the lease has run out by itself. To be called when no call of the run is under way any more.
   */
  giveUp(): Promise<void>
}

/**
 * Keeps a claimed lane leased while a run lasts: renews it at an interval, and gives it up at its end. The end is counted
 * from before the renewal was asked for, so this clock's lease never outlasts the database's.
 */
export function holdLease({
  lane,
  clock,
  renew,
  leaseSeconds,
  renewSeconds,
}: {
  lane: HeldLane
  clock: Clock
  renew(lanes: readonly HeldLane[], leaseSeconds: number): Promise<boolean>
  leaseSeconds: number
  renewSeconds: number
}): Lease {
  const held = [lane]
  const controller = new AbortController()
  let endsAt = clock.now().getTime() + leaseSeconds * 1000

  const lose = () => controller.abort(new FencedOutError(`The lease of ${lane.key} has ended.`))
  const tick = async () => {
    const askedAt = clock.now().getTime()
    if (askedAt >= endsAt) return lose()
    // A copy: users that are leased while the answer is under way were not asked for.
    const kept = await renew([...held], leaseSeconds).catch(() => null)
    if (kept === false) return lose()
    if (kept) endsAt = askedAt + leaseSeconds * 1000
  }
  const timer = setInterval(() => void tick(), renewSeconds * 1000)

  return {
    signal: controller.signal,
    assertHeld() {
      if (clock.now().getTime() >= endsAt) lose()
      controller.signal.throwIfAborted()
    },
    include(targets) {
      held.push(...targets)
    },
    release() {
      clearInterval(timer)
    },
    async giveUp() {
      clearInterval(timer)
      lose()
      // A lease of no length has run out: its lane is taken over, which says that the run may still have written.
      const isAnswered = () =>
        renew(held, 0).then(
          () => true,
          () => false,
        )
      while (clock.now().getTime() < endsAt && !(await isAnswered())) await sleep(renewSeconds / asksPerRenewal)
    },
  }
}

/** A journal that cannot be reached is asked so often in the time of one renewal. */
const asksPerRenewal = 10

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

/** How long a lane's lesser work goes on before it makes room for a denial that came in meanwhile. */
const turnMs = 1000

/** True once the turn that begins now is over: what is left is settled as due, and claimed anew in its order. */
export function watchTurn(clock: Clock): () => boolean {
  const endsAt = clock.now().getTime() + turnMs
  return () => clock.now().getTime() >= endsAt
}

/** Makes deliveries due once more: a call of theirs that was given up on has ended after all, and may have written. */
export type LookAgain = (late: { lane: string; deliveryIds: readonly string[] }) => void

/** Nothing waits for the second look, so that a failure to ask for it is logged. */
export function makeLookAgain({ journal, log }: { journal: Pick<Journal, 'queue'>; log: Log }): LookAgain {
  return (late) => {
    journal.queue
      .makeDueAgain(late)
      .catch((thrown) => log.error({ lane: late.lane, err: thrown }, 'A late write could not be looked at again'))
  }
}
