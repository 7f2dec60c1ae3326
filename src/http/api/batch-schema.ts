import { z } from '@hono/zod-openapi'
import { batchActs, batchStates, rowCodes, rowPlans, rowResults } from '../../core/batch.ts'
import { openWord, time } from './facts.ts'

const actor = z.object({ by: z.string(), account: z.string().optional(), role: z.string(), way: z.string() })

/** What an act on many things is made of, would do and did. */
export const batch = z
  .object({
    id: z.string(),
    name: z.string(),
    act: openWord(batchActs),
    filter: z.record(z.string(), z.unknown()).openapi({ description: 'As it was asked: the set is frozen since.' }),
    terms: z.object({ until: time.optional() }).openapi({ description: 'What the act needs beside its rows.' }),
    count: z.int(),
    people: z.int(),
    cancelsDenials: z.boolean().openapi({ description: 'It would keep lockouts from being done.' }),
    state: openWord(batchStates),
    expired: z.boolean(),
    madeBy: actor,
    madeAt: time,
    expiresAt: time,
    planHash: z.string().nullable().openapi({ description: 'Of the plans of all rows; null: not all are planned.' }),
    reason: z.string().nullable(),
    pace: z.int().openapi({ description: 'Rows a second.' }),
    startAt: time.nullable(),
    appliedBy: actor.nullable(),
    appliedAt: time.nullable(),
    secondedBy: actor.nullable(),
    approvedAt: time.nullable().openapi({ description: 'When all who must had applied it.' }),
    overridden: z.boolean().openapi({ description: 'One applied alone what two people had to.' }),
    begunAt: time.nullable(),
    endedAt: time.nullable(),
    planned: z.int(),
    sums: z.object({ would_change: z.int(), nothing: z.int(), superseded: z.int(), cannot_tell: z.int() }),
    done: z.object({ carriedOut: z.int(), cameBack: z.int(), leftAlone: z.int() }),
  })
  .openapi('Batch')

const change = z
  .object({
    connector: z.string(),
    target: z.string(),
    action: z.string(),
    direction: openWord(['deny', 'allow', 'neutral']),
    summary: z.string(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('PlannedChange')

/** The plan of one row. */
export const rowPlan = {
  plan: openWord(rowPlans).nullable().openapi({ description: 'null: not planned yet.' }),
  code: openWord(rowCodes).nullable(),
  changes: z.array(change),
}

export const batchRow = z
  .object({
    ordinal: z.int(),
    subject: z.string().openapi({ description: 'The delivery, the grant or the person.' }),
    person: z.string().nullable(),
    login: z.string().nullable(),
    connector: z.string().nullable(),
    target: z.string().nullable().openapi({ description: 'Of a grant, or of a user in conflict.' }),
    ...rowPlan,
    plannedAt: time.nullable(),
    result: openWord(rowResults).nullable(),
    doneAt: time.nullable(),
  })
  .openapi('BatchRow')
