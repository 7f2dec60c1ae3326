import type { z } from 'zod'
import type { Direction } from './change.ts'
import type { Json } from './json.ts'
import { list } from './settings.ts'

/**
 * Terminology. A *source* sends hooks; an *event* is one fact from a hook, kept in the *journal*;
 * a *delivery* carries one event to one *connector*; an *attempt* is one try of it; a *lane* is the queue of
 * one person at one connector. The *authority* is the system that knows the truth about a person.
 */

/**
 * Event type → payload. Empty here: each source fills it by declaration merging
 * (`sources/okta/event-types.ts`), so that core names no vendor.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in the sources
export interface EventTypes {}

export type EventType = keyof EventTypes & string

type Prefixes<T extends string> = T extends `${infer Head}.${infer Tail}` ? Head | `${Head}.${Prefixes<Tail>}` : never

/** A known event type, a family of them such as `user.lifecycle.*`, or every one. */
export type EventPattern = EventType | `${Prefixes<EventType>}.*` | '*'

/** An event as it is handed to handlers. `data` is the vendor's element, verbatim. */
export type Event<T extends EventType = EventType> = {
  id: string
  source: string
  type: T
  /** ISO time at which it happened, by the sender's word. */
  time: string
  receivedAt: string
  data: T extends keyof EventTypes ? EventTypes[T] : Json
}

/** An event as a source parsed it: not yet in the journal. */
export type ParsedEvent = {
  /** The sender's id of the event: with the source, what it is deduplicated by, for ever. */
  externalId: string
  /** The sender's id of the request that carried it. */
  requestId: string | null
  type: string
  time: string
  /** The authority's id of the person it is about; null when it is about no person. */
  authorityId: string | null
  /** The first thing it is about when that is no person, so that events about one thing keep their order. */
  targetId?: string | null
  /** The direction that the type suggests. Only the authority's state decides. */
  hint: Direction
  /** False when the sender is not who is configured: recorded and alerted, never acted on. */
  trusted: boolean
  /** Events of one element share one `data` object, which is stored once. */
  data: Json
  /** For how many people or elements no event was made, because the hook names too many: that is alerted. */
  leftOut?: number
}

/** True when a type is the pattern, or lies in the family that the pattern names. */
export function matchesPattern({ pattern, type }: { pattern: string; type: string }): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
}

const pattern = /^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$/

/** A setting that lists event types: `user.lifecycle.deactivate`, families such as `hub.access.*`, or `*` for all. */
export function eventPatterns(fallback: readonly string[]): z.ZodType<string[], string | undefined> {
  const error = 'has something that is not an event type, a family such as user.lifecycle.*, or *'
  return list()
    .refine((patterns) => patterns.every((one) => pattern.test(one)), { error })
    .default([...fallback])
}
