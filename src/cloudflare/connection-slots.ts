/** The platform gives an invocation so many connections at once, to the database, to queues and outward together. */
export const mostConnections = 6

export type ConnectionSlots = {
  /** Of the slots, so many are the database's. */
  database: number
  /** Takes a slot as soon as one is free; call what it returns when the connection has ended. */
  take(signal?: AbortSignal | null): Promise<() => void>
  /** The same for a call that ends by itself. */
  within<T>(call: () => Promise<T>): Promise<T>
}

/** What a drain has: two at the database, so that a lease is renewed while a settlement is written, and four outward. */
const defaultShares = { database: 2, outward: 4 }

type Shares = typeof defaultShares

/**
 * Makes the slots of one invocation. Those of the database are held from the start, because its client opens and closes
 * connections by itself; whatever calls outward waits for one of the others.
 * @throws RangeError for more slots than the platform has connections
 */
export function makeConnectionSlots({ database, outward }: Shares = defaultShares): ConnectionSlots {
  if (database + outward > mostConnections) {
    throw new RangeError(`An invocation has ${mostConnections} connections, and not ${database + outward}.`)
  }
  const waiting: (() => void)[] = []
  let free = outward

  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  const take: ConnectionSlots['take'] = async (signal) => {
    if (free > 0) free--
    else await untilFree(waiting, signal)
    return once(leave)
  }

  return {
    database,
    take,
    async within(call) {
      const end = await take()
      return call().finally(end)
    },
  }
}

/** First come, first served. A caller whose time is over leaves the line. */
function untilFree(waiting: (() => void)[], signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      signal?.removeEventListener('abort', withdraw)
      resolve()
    }
    const withdraw = () => {
      waiting.splice(waiting.indexOf(give), 1)
      reject(signal?.reason)
    }
    if (signal?.aborted) return reject(signal.reason)
    waiting.push(give)
    signal?.addEventListener('abort', withdraw, { once: true })
  })
}

function once(end: () => void): () => void {
  let isOver = false
  return () => {
    if (!isOver) end()
    isOver = true
  }
}
