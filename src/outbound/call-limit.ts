/** What ends one call: its time limit, or the caller's own signal. */
export type CallLimit = {
  signal: AbortSignal
  /** True once the time is over, which is what ended the call then. */
  isOver(): boolean
  /** The call has ended: nothing is left that waits for its limit. */
  end(): void
}

/** Makes a limit of one timer and one listener, which are gone when the call ends. */
export function makeCallLimit(seconds: number, caller?: AbortSignal | null): CallLimit {
  const controller = new AbortController()
  let isOver = false
  const follow = () => controller.abort(caller?.reason)
  const end = () => {
    clearTimeout(timer)
    caller?.removeEventListener('abort', follow)
  }
  const timer = setTimeout(() => {
    if (controller.signal.aborted) return
    isOver = true
    end()
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  }, seconds * 1000)
  // An answer that nobody reads does not keep a process alive. Workers' timers are numbers.
  if (typeof timer === 'object') timer.unref()
  if (caller?.aborted) follow()
  else caller?.addEventListener('abort', follow, { once: true })
  return { signal: controller.signal, isOver: () => isOver, end }
}
