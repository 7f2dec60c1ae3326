import type { Direction } from './change.ts'

/** Neutral changes harm nobody and are not held. */
export type HeldDirection = Exclude<Direction, 'neutral'>

/** That a person was stopped before anything was written, and at what. An operator's word ends it. */
export type Hold = {
  direction: HeldDirection
  why: 'brake' | 'protected'
  /** ISO time of the change of status that it is about, as far as the authority says. */
  statusChangedAt: string | null
}
