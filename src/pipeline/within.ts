/** Settles as `work` does, or as `late` says when so many seconds are over first. `work` itself goes on. */
export async function within<T>(work: Promise<T>, seconds: number, late: () => T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  try {
    return await Promise.race([work, over.then(late)])
  } finally {
    clearTimeout(timer)
  }
}

/** The same for what is to be journaled: what is not committed by then is not promised to its sender. */
export function journaledWithin<T>(work: Promise<T>, seconds: number): Promise<T> {
  return within(work, seconds, () => {
    throw new Error(`The journal did not answer within ${seconds} s.`)
  })
}
