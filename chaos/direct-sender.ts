import { setTimeout as sleep } from 'node:timers/promises'
import { buildEnvelope } from '../src/demo/tenants/okta/hook-envelope.ts'
import type { LogEvent } from '../src/demo/tenants/okta/log-event.ts'
import type { HubSeat } from './hubs.ts'
import { hookSecret } from './stage.ts'

/** One request and how it was answered; 0: not at all. */
export type Answer = { status: number; milliseconds: number }

export type DirectSender = {
  answers: Answer[]
  acknowledged: Set<string>
  /** How many events nobody has acknowledged yet. */
  waiting(): number
  send(event: LogEvent): void
  giveUp(): void
}

/** As long as Okta waits. */
const timeoutMs = 3000
const pauseMs = 100

/** Sends each event until a hub acknowledges it, to one hub after the other, and remembers what was acknowledged. */
export function makeDirectSender({ hubs, orgUrl }: { hubs: readonly HubSeat[]; orgUrl: string }): DirectSender {
  const answers: Answer[] = []
  const acknowledged = new Set<string>()
  let waiting = 0
  let turn = 0
  let patient = true

  const post = async (body: string): Promise<number> => {
    const hub = hubs[turn++ % hubs.length]
    const startedAt = performance.now()
    const status = await fetch(`${hub?.url}/hooks/okta`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: hookSecret },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    answers.push({ status, milliseconds: performance.now() - startedAt })
    return status
  }

  const insist = async (event: LogEvent) => {
    const body = JSON.stringify(buildEnvelope({ url: orgUrl, hookId: 'whochaosdirect000001', events: [event] }))
    while (patient) {
      const status = await post(body)
      if (status >= 200 && status < 300) {
        acknowledged.add(event.uuid)
        return
      }
      await sleep(pauseMs)
    }
  }

  return {
    answers,
    acknowledged,
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
