import { setTimeout as sleep } from 'node:timers/promises'
import { hookSecret } from '../environment.ts'
import { buildEnvelope } from '../simulators/okta/hook-envelope.ts'
import type { LogEvent } from '../simulators/okta/log-event.ts'
import type { Span } from './starvation.ts'

/** One request to a hub and how it ended. */
export type HookCall = Span & { url: string; outcome: number | 'timeout' | 'unreachable' }

export type DirectSender = {
  calls: HookCall[]
  acknowledged: Set<string>
  /** From each event's first request to its 2xx, or until now. */
  waits(): Span[]
  /** How many events no hub has acknowledged yet. */
  waiting(): number
  send(event: LogEvent): void
  giveUp(): void
}

/** As long as Okta waits. */
const timeoutMs = 3000
const pauseMs = 100

/** Sends each event until a hub acknowledges it, to one address after the other, and remembers what was acknowledged. */
export function makeDirectSender({ urls, orgUrl }: { urls: readonly string[]; orgUrl: string }): DirectSender {
  const calls: HookCall[] = []
  const waits: Span[] = []
  const acknowledged = new Set<string>()
  let waiting = 0
  let turn = 0
  let patient = true

  const post = async (body: string, at: number): Promise<boolean> => {
    const url = urls[at % urls.length] ?? ''
    const from = Date.now()
    const began = performance.now()
    const timeout = AbortSignal.timeout(timeoutMs)
    const outcome = await fetch(`${url}/hooks/okta`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: hookSecret },
      body,
      signal: timeout,
    })
      .then(async (response) => {
        await response.arrayBuffer()
        return response.status
      })
      .catch(() => (timeout.aborted ? 'timeout' : 'unreachable'))
    calls.push({ url, outcome, from, until: from + performance.now() - began })
    return typeof outcome === 'number' && outcome >= 200 && outcome < 300
  }

  const insist = async (event: LogEvent) => {
    const body = JSON.stringify(buildEnvelope({ url: orgUrl, hookId: 'whochaosdirect000001', events: [event] }))
    const wait: Span = { from: Date.now(), until: Number.POSITIVE_INFINITY }
    waits.push(wait)
    // As a load balancer would: the next try goes to another hub.
    for (let at = turn++; patient; at++) {
      if (await post(body, at)) {
        acknowledged.add(event.uuid)
        wait.until = Date.now()
        return
      }
      await sleep(pauseMs)
    }
  }

  return {
    calls,
    acknowledged,
    waits: () => waits.map(({ from, until }) => ({ from, until: Math.min(until, Date.now()) })),
    waiting: () => waiting,
    send(event) {
      waiting++
      void insist(event).finally(() => waiting--)
    },
    giveUp() {
      patient = false
    },
  }
}
