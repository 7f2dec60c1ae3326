/** Settles as `work` does, or as `late` says when so many seconds are over first. `work` itself goes on. */
export function within<T>(work: Promise<T>, seconds: number, late: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // What `late` throws rejects as what it returns resolves.
    const timer = setTimeout(() => resolve(new Promise((instead) => instead(late()))), seconds * 1000)
    const inTime =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer)
        settle(value)
      }
    work.then(inTime(resolve), inTime(reject))
  })
}

/** The same for what is to be journaled: what is not committed by then is not promised to its sender. */
export function journaledWithin<T>(work: Promise<T>, seconds: number): Promise<T> {
  return within(work, seconds, () => {
    throw new Error(`The journal did not answer within ${seconds} s.`)
  })
}
