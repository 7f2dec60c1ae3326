export type Limits = {
  /** Transactions at once. */
  inFlight: number
  /** What a transaction takes at most, but for one that is larger by itself. */
  maxCount: number
  maxBytes: number
  /** What waits at most; more is refused. */
  maxWaiting: number
  maxWaitingBytes: number
  /** Beside a transaction that is under way another leaves with so many, or when one has waited for so long. */
  beside: { least: number; afterMs: number }
}

export type Work = { count: number; bytes: number }

/** Hands work in, to be written with that of others. What still waits when the signal aborts is not written. */
export type Share<W extends Work, Result> = (work: W, signal?: AbortSignal) => Promise<Result>

type Waiting<W, Result> = { work: W; resolve(result: Result | Promise<Result>): void; reject(reason: unknown): void }

/**
 * Lets concurrent callers share a transaction, which costs about the same for one as for a dozen. A lone one goes out in
 * its own turn of the event loop; what has gathered, when the last transaction ends. Beside one that is under way
 * another leaves when it carries as many, or when one of them has waited for long: a transaction may be waiting for a
 * lock. When the database hangs, no more than so many and so many bytes wait; the rest are refused, so that their senders
 * try again and this process lives. `write` promises for each what comes of it, in their order.
 */
export function makeShare<W extends Work, Result>(
  write: (group: readonly W[]) => Promise<readonly (Result | Promise<Result>)[]>,
  { inFlight, maxCount, maxBytes, maxWaiting, maxWaitingBytes, beside }: Limits,
): Share<W, Result> {
  const waiting = new Set<Waiting<W, Result>>()
  let waitingBytes = 0
  let running = 0
  let underWay = 0
  let isPatient = false

  const flush = () => {
    while (waiting.size > 0 && (running === 0 || isWorthIt())) leave()
    if (waiting.size === 0 || isPatient) return
    isPatient = true
    setTimeout(leaveBeside, beside.afterMs)
  }

  const isWorthIt = () => running < inFlight && waiting.size >= Math.max(underWay, beside.least)

  const leaveBeside = () => {
    isPatient = false
    if (waiting.size > 0 && running < inFlight) leave()
  }

  const remove = (one: Waiting<W, Result>) => {
    if (waiting.delete(one)) waitingBytes -= one.work.bytes
  }

  const leave = () => {
    const group = pickGroup(waiting, { maxCount, maxBytes })
    for (const one of group) remove(one)
    running++
    underWay += group.length
    void writeGroup(group).finally(() => {
      running--
      underWay -= group.length
      flush()
    })
  }

  const writeGroup = async (group: readonly Waiting<W, Result>[]) => {
    try {
      const results = await write(group.map(({ work }) => work))
      for (const [i, result] of results.entries()) group[i]?.resolve(result)
    } catch (thrown) {
      for (const { reject } of group) reject(thrown)
    }
  }

  return (work, signal) =>
    new Promise((resolve, reject) => {
      const one = { work, resolve, reject }
      if (signal?.aborted) return reject(signal.reason)
      if (waiting.size >= maxWaiting || (waiting.size > 0 && waitingBytes + work.bytes > maxWaitingBytes)) {
        return reject(new Error(`The journal has ${waiting.size} requests of ${waitingBytes} bytes waiting.`))
      }
      waiting.add(one)
      waitingBytes += work.bytes
      const withdraw = () => {
        remove(one)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', withdraw, { once: true })
      // The last of those that arrived together takes all of them along.
      if (waiting.size === 1) setImmediate(flush)
      else if (isWorthIt()) leave()
    })
}

/** As many as fit; one larger than a limit goes alone. */
function pickGroup<W extends Work, Result>(
  waiting: Iterable<Waiting<W, Result>>,
  { maxCount, maxBytes }: Pick<Limits, 'maxCount' | 'maxBytes'>,
): Waiting<W, Result>[] {
  const group: Waiting<W, Result>[] = []
  let count = 0
  let bytes = 0
  for (const one of waiting) {
    count += one.work.count
    bytes += one.work.bytes
    if (group.length > 0 && (count > maxCount || bytes > maxBytes)) break
    group.push(one)
  }
  return group
}
