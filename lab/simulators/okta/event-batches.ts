import type { EventHook } from './event-hook.ts'
import type { LogEvent } from './log-event.ts'

export type EventBatches = {
  add: (hook: EventHook, event: LogEvent) => void
  /** How many hooks have events that still wait for company. */
  size: () => number
  /** Changes the window for batches that start from now on. */
  setWindow: (ms: number) => void
  close: () => void
}

/** Gathers the events of each hook for `windowMs`, counted from the first; without a window each goes alone. */
export function createBatches(options: {
  windowMs: number
  flush: (hook: EventHook, events: LogEvent[]) => void
}): EventBatches {
  let { windowMs } = options
  const gathering = new Map<string, { events: LogEvent[]; timer: NodeJS.Timeout }>()

  const start = (hook: EventHook, event: LogEvent) => {
    const events = [event]
    const timer = setTimeout(() => {
      gathering.delete(hook.id)
      options.flush(hook, events)
    }, windowMs)
    gathering.set(hook.id, { events, timer })
  }

  return {
    add: (hook, event) => {
      if (windowMs === 0) return options.flush(hook, [event])
      const batch = gathering.get(hook.id)
      if (batch) batch.events.push(event)
      else start(hook, event)
    },
    size: () => gathering.size,
    setWindow: (ms) => {
      windowMs = ms
    },
    close: () => {
      for (const { timer } of gathering.values()) clearTimeout(timer)
    },
  }
}
