/** Does work until Ctrl-C or SIGTERM aborts its signal, and then lets it end: the command ends in order, with 0. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController()
  const end = () => ending.abort(new Error('The operator ended it.'))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    await work(ending.signal)
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
}
