import { z } from '@hono/zod-openapi'
import { conflict } from './delivery-schema.ts'
import { actor, openWord, time } from './facts.ts'

const sighting = z
  .object({
    kind: openWord(['email', 'login', 'link', 'former_link', 'adopted']),
    connector: z.string(),
    value: z.string(),
    seenAt: time,
  })
  .openapi('Sighting')

/** What an authority says of a person. */
export const personState = z.object({
  status: z.string(),
  access: openWord(['deny', 'allow', 'unchanged', 'unknown']),
  statusChangedAt: z.string().nullable(),
  readAt: z.string(),
})

/** One person at one authority, as a list has them. */
export const person = z
  .object({
    id: z.string(),
    source: z.string(),
    authorityId: z.string(),
    state: personState.nullable().openapi({ description: 'What the authority said last; null: it was not asked yet.' }),
    stateReadAt: time.nullable(),
    deniedAt: time.nullable(),
    firstSeenAt: time,
    sightings: z.array(sighting),
  })
  .openapi('Person')

export const openConflict = conflict
  .extend({
    person: z.string(),
    source: z.string(),
    authorityId: z.string(),
    login: z.string().nullable(),
    connector: z.string(),
    at: time,
    delivery: z.string(),
  })
  .openapi('Conflict', { description: 'A user that could be theirs, and was not touched.' })

const owed = z
  .object({ connector: z.string(), target: z.string(), action: z.string(), since: time, note: z.string().nullable() })
  .openapi('Owed', { description: 'What cannot be read back, and is not confirmed yet.' })

const grant = z
  .object({
    id: z.string(),
    connector: z.string(),
    source: z.string(),
    deliveryId: z.string(),
    permission: z.object({ value: z.string(), label: z.string(), target: z.string() }),
    until: z.string().nullable(),
    grantedAt: time,
    endedAt: time.nullable(),
    endedBy: z.string().nullable(),
    endReason: z.string().nullable(),
  })
  .openapi('Grant')

const standing = z
  .object({
    connector: z.string(),
    code: z.string(),
    readAt: z.string().nullable(),
    detail: z.string().nullable(),
    targets: z.array(
      z.object({
        target: z.string(),
        code: z.string(),
        readAt: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .openapi('Standing', { description: 'How the person stands at a connector, by what was read back there.' })

/** One thing that was heard of a person or done about them: which fields are there depends on `what`. */
export const timelineEntry = z
  .object({
    at: time,
    what: openWord(['event', 'attempt', 'change', 'order', 'owed']),
    id: z.string().openapi({ description: 'The event, delivery, order or person that it belongs to.' }),
    type: z.string().optional(),
    happenedAt: time.optional(),
    actor: actor.nullable().optional(),
    connector: z.string().optional(),
    outcome: z.string().optional(),
    status: z.string().nullable().optional(),
    action: z.string().optional(),
    result: z.string().optional(),
    summary: z.string().optional(),
    target: z.string().optional(),
    error: z.string().nullable().optional(),
    note: z.string().nullable().optional(),
    kind: z.string().optional(),
    by: z.string().optional(),
    reason: z.string().nullable().optional(),
  })
  .openapi('TimelineEntry')

/** All that the journal knows of one person. */
export const shownPerson = person
  .extend({
    owed: z.array(owed),
    conflicts: z.array(openConflict),
    untouched: z.array(conflict.extend({ connector: z.string(), at: time })),
    protection: z.object({ reason: z.string(), until: time, by: z.string() }).nullable(),
    grants: z.array(grant),
    verifications: z.array(
      z.object({
        connector: z.string(),
        seenAt: time.nullable(),
        dueAt: time.nullable(),
        contested: z.boolean(),
      }),
    ),
    standings: z.array(standing),
    timeline: z.array(timelineEntry).openapi({ description: 'The latest entries, the oldest of them first.' }),
    timelineIsCut: z.boolean().openapi({ description: 'There are older entries than the timeline has.' }),
  })
  .openapi('ShownPerson')
