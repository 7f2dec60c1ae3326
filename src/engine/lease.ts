import type { Clock } from '../core/clock.ts'
import { FencedOutError } from '../core/errors.ts'
import type { HeldLane } from '../core/queue.ts'

export type LeaseTimes = { leaseSeconds: number; renewSeconds: number }

export type LeaseParts = LeaseTimes & {
  lane: HeldLane
  clock: Clock
  renew(lanes: readonly HeldLane[]): Promise<boolean>
}

export type Lease = {
  /** Aborted at the lease's end, or when somebody else has it. */
  signal: AbortSignal
  /** Throws when the lease has ended, also right after a process that was stopped wakes up, before any timer ran. */
  assertHeld(): void
  /** Users leased for this run are renewed along with the lane. */
  include(targets: readonly HeldLane[]): void
  release(): void
}

/**
 * Keeps a claimed lane ours while a run lasts: renewed now and then, given up at its end. The end is counted from before
 * the renewal was asked for, so this clock's lease never outlasts the database's.
 */
export function holdLease({ lane, clock, renew, leaseSeconds, renewSeconds }: LeaseParts): Lease {
  const held = [lane]
  const controller = new AbortController()
  let endsAt = clock.now().getTime() + leaseSeconds * 1000

  const lose = () => controller.abort(new FencedOutError(`The lease of ${lane.key} has ended.`))
  const tick = async () => {
    const askedAt = clock.now().getTime()
    if (askedAt >= endsAt) return lose()
    // A copy: users that are leased while the answer is under way were not asked for.
    const kept = await renew([...held]).catch(() => null)
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
  }
}
