import type { DeliveryStatus } from '../core/outcome.ts'
import type { Colour } from './paint.ts'

type Words = { meaning: string; colour: Colour }

/** What each status means to somebody who was woken by it. */
export const statusWords: Record<DeliveryStatus, Words> = {
  pending: { meaning: 'waits for its turn or for its next try; the hub goes on by itself', colour: 'cyan' },
  running: { meaning: 'is being worked on now', colour: 'cyan' },
  succeeded: { meaning: 'is done, and was read back', colour: 'green' },
  failed: { meaning: 'was given up: nothing happens any more unless you replay it', colour: 'red' },
  superseded: {
    meaning: 'was overtaken by a later revoke, came too late, or was cancelled by an operator; it never runs again',
    colour: 'dim',
  },
  held: { meaning: 'was stopped on purpose: a person must decide', colour: 'yellow' },
  contradicted: {
    meaning: 'the event said "locked out", but the authority kept saying "allowed", which was followed',
    colour: 'yellow',
  },
  no_match: {
    meaning: 'nobody was found at the target; it is looked for again after 1 min and 24 h',
    colour: 'yellow',
  },
  uncertain: { meaning: 'the call may have arrived or not; it must be read back', colour: 'yellow' },
}
