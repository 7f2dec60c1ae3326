/** A slice of time. */
export type Slice = {
  /** Aborted when the time is over, or earlier by its caller. */
  signal: AbortSignal
  /** Waits for the work until the slice is over, and no longer. */
  orOver(work: Promise<unknown> | undefined): Promise<void>
  /** Lets go of the timer. */
  end(): void
}

export function startSlice({ seconds, signals }: { seconds: number; signals: readonly AbortSignal[] }): Slice {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error(`The slice of ${seconds} s is over.`)), seconds * 1000)
  const signal = AbortSignal.any([over.signal, ...signals])
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return {
    signal,
    async orOver(work) {
      await Promise.race([work, aborted])
    },
    end: () => clearTimeout(timer),
  }
}
