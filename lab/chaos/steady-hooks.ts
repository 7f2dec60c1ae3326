import { buildLogEvent, buildUserTarget } from '../simulators/okta/log-event.ts'
import type { DirectSender } from './direct-sender.ts'
import type { Luck } from './luck.ts'
import type { Stage } from './stage.ts'

const hooksPerSecond = 200
const lookEveryMs = 10
/** A process that had no processor for a while does not send all that it missed at once. */
const mostAtOnce = 20
/** On a machine that is too busy for the pace, more open requests would only measure the machine. */
const mostWaiting = 40
/** A person with hooks always due is looked at without a pause: with more of them the hubs would take all processors. */
const peopleTold = 2

/** Sends 200 hooks a second about a few people, as long as not too many wait for an answer; returns what ends it. */
export function pourHooks({ stage, sender, luck }: { stage: Stage; sender: DirectSender; luck: Luck }): () => void {
  const people = stage.people.slice(0, peopleTold)
  const { okta } = stage.tenants
  let lastAt = performance.now()
  let due = 0
  const timer = setInterval(() => {
    const now = performance.now()
    due = Math.min(mostAtOnce, due + ((now - lastAt) / 1000) * hooksPerSecond)
    lastAt = now
    for (; due >= 1 && sender.waiting() < mostWaiting; due--) {
      const user = okta.users.get(luck.pick(people).oktaId)
      sender.send(buildLogEvent({ eventType: 'user.account.update_profile', target: [buildUserTarget(user)] }))
    }
  }, lookEveryMs)
  return () => clearInterval(timer)
}
