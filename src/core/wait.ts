/**
 * Settles as `work` does, or as `late` says when so many seconds are over first, or `cut` is aborted. `work` itself
 * goes on.
 */
export function within<T>(
  work: Promise<T>,
  seconds: number,
  late: () => T | Promise<T>,
  cut?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // What `late` throws rejects as what it returns resolves.
    const giveUp = () => inTime(resolve)(new Promise((instead) => instead(late())))
    const timer = setTimeout(giveUp, seconds * 1000)
    const inTime =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer)
        cut?.removeEventListener('abort', giveUp)
        settle(value)
      }
    if (cut?.aborted) return giveUp()
    cut?.addEventListener('abort', giveUp, { once: true })
    work.then(inTime(resolve), inTime(reject))
  })
}

/**
 * The same for what is to be journaled: what is not committed by then is not promised to its sender. The signal aborts at
 * that moment, so that what is still waiting is not journaled afterwards.
 */
export function journaledWithin<T>(journal: (signal: AbortSignal) => Promise<T>, seconds: number): Promise<T> {
  const gaveUp = new AbortController()
  return within(journal(gaveUp.signal), seconds, () => {
    const late = new Error(`The journal did not answer within ${seconds} s.`)
    gaveUp.abort(late)
    throw late
  })
}

/** Resolves after so many seconds; rejects with the signal's reason as soon as it is aborted. */
export function abortableWait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal.addEventListener('abort', stop, { once: true })
  })
}
