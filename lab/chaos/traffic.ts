import { setTimeout as sleep } from 'node:timers/promises'
import { type DirectSender, makeDirectSender } from './direct-sender.ts'
import type { Luck } from './luck.ts'
import type { Person, Stage } from './stage.ts'
import { pourHooks } from './steady-hooks.ts'
import { takeStep } from './take-step.ts'

export type Traffic = {
  sender: DirectSender
  changes(): number
  /**
   * Changes people for as long as `work` takes, but no longer than a lease and 5 s: a hub that starts slowly on a busy
   * machine would meet a crowd of senders that grows with its slowness, and the run would measure the machine. Behind a
   * balancer no sender waits for a hub's start: there it is for the whole of `work`, with steady hooks besides.
   */
  during<T>(work: () => Promise<T>): Promise<T>
  /** From now on these people change no more; with an empty list, all change again. */
  leaveAlone(people: readonly Person[]): void
  /** Whether the last change of this person was acknowledged by a hub. */
  wasTold(person: Person): boolean
  /** The uuids of all events that were acknowledged, to Okta or to the direct sender. */
  acknowledged(): Set<string>
}

/** Two changes of a person within a millisecond would bear the same time, which would hide which was first. */
const breathMs = 15

/** People change in Okta at random moments; Okta tells the hubs of all, the direct sender tells of its own people. */
export function makeTraffic(stage: Stage, luck: Luck): Traffic {
  const { okta } = stage.tenants
  const sender = makeDirectSender({ urls: stage.doors, orgUrl: okta.url })
  const told = readDeliveries(stage)
  const changedAt = new Map<string, number>()
  const lastDirect = new Map<string, string>()
  let changes = 0
  let leftAlone = new Set<Person>()

  const change = () => {
    const person = luck.pick(stage.people)
    if (leftAlone.has(person)) return
    if (Date.now() - (changedAt.get(person.oktaId) ?? 0) < breathMs) return
    changedAt.set(person.oktaId, Date.now())
    changes++
    const event = takeStep(person.oktaId, { okta, luck, name: `Person ${changes}` })
    if (person.toldBy === 'okta') return
    lastDirect.set(person.oktaId, event.uuid)
    sender.send(event)
  }

  return {
    sender,
    changes: () => changes,
    leaveAlone(people) {
      leftAlone = new Set(people)
    },
    async during(work) {
      let over = false
      const until = stage.balancer ? Number.POSITIVE_INFINITY : Date.now() + (stage.leaseSeconds + 5) * 1000
      const stopHooks = stage.balancer ? pourHooks({ stage, sender, luck }) : () => {}
      const pouring = (async () => {
        while (!over && Date.now() < until) {
          change()
          await sleep(luck.between(5, 60))
        }
      })()
      try {
        return await work()
      } finally {
        over = true
        stopHooks()
        await pouring
      }
    },
    wasTold(person) {
      if (person.toldBy === 'direct') return sender.acknowledged.has(lastDirect.get(person.oktaId) ?? '')
      return told.lastAbout(person.oktaId) >= (changedAt.get(person.oktaId) ?? Number.POSITIVE_INFINITY)
    },
    acknowledged: () => new Set([...sender.acknowledged, ...told.uuids()]),
  }
}

type Told = { uuids(): string[]; lastAbout(oktaId: string): number }

/** What Okta's deliveries told, read once each: there will be thousands. */
function readDeliveries({ tenants }: Stage): Told {
  const uuids: string[] = []
  const last = new Map<string, number>()
  let read = 0
  const catchUp = () => {
    const fresh = tenants.okta.deliveries.slice(read)
    read += fresh.length
    for (const { outcome, body } of fresh) {
      if (outcome !== 'delivered') continue
      for (const event of (JSON.parse(body) as Envelope).data.events) {
        const about = event.target[0]?.id ?? ''
        uuids.push(event.uuid)
        last.set(about, Math.max(last.get(about) ?? 0, Date.parse(event.published)))
      }
    }
  }
  return {
    uuids: () => {
      catchUp()
      return uuids
    },
    lastAbout: (oktaId) => {
      catchUp()
      return last.get(oktaId) ?? Number.NEGATIVE_INFINITY
    },
  }
}

type Envelope = { data: { events: { uuid: string; published: string; target: { id: string }[] }[] } }
