import type { Log } from '../core/log.ts'
import type { Resync, ResyncQuestion } from './resync.ts'

/** Resyncs that an operator ordered, and that nobody waits for. */
export type OrderedResyncs = {
  /**
   * Begins one, and returns as soon as this process holds the lease of it. False: another process is at it.
   * @throws UsageError when the source cannot be listed
   */
  begin(question: Omit<ResyncQuestion, 'signal' | 'isDue' | 'onProgress'>): Promise<boolean>
  /** Aborts what is under way, and resolves when nothing is. */
  stop(): Promise<void>
}

/** Makes what runs ordered resyncs beside the caller: a listing of everybody takes longer than a request may. */
export function makeOrderedResyncs({ resync, log }: { resync: Resync; log: Log }): OrderedResyncs {
  const stopping = new AbortController()
  const running = new Set<Promise<unknown>>()

  const run = async (question: Parameters<OrderedResyncs['begin']>[0], begun: (isHeld: boolean) => void) => {
    let isHeld = false
    const isDue = () => {
      isHeld = true
      begun(true)
      return true
    }
    try {
      begun((await resync({ ...question, signal: stopping.signal, isDue })) !== null)
    } catch (err) {
      if (!isHeld) throw err
      if (!stopping.signal.aborted) log.error({ source: question.source, err }, 'An ordered resync failed')
    }
  }

  return {
    begin: (question) =>
      new Promise((resolve, reject) => {
        const work: Promise<unknown> = run(question, resolve)
          .catch(reject)
          .finally(() => running.delete(work))
        running.add(work)
      }),
    async stop() {
      stopping.abort(new Error('The hub ends.'))
      await Promise.all(running)
    },
  }
}
