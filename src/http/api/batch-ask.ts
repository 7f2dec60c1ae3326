import { z } from '@hono/zod-openapi'
import { batchActs } from '../../core/batch.ts'
import { deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import { type BatchOf, readBatchWish } from '../../operate/batches/read-batch-wish.ts'
import { answerWords } from '../../operate/deliveries.ts'
import { givenReason } from './add-act.ts'
import { dropAbsent, givenId, givenText, givenTime } from './facts.ts'

const filter = z
  .strictObject({
    status: z.enum(deliveryStatuses).optional(),
    kind: z.enum(deliveryKinds).optional(),
    connector: givenText().optional(),
    person: givenText().optional(),
    event: givenText().optional(),
    search: givenText().optional(),
    answer: z.enum(answerWords as [string, ...string[]]).optional(),
    since: givenTime.optional(),
    until: givenTime.optional(),
    target: givenText().optional().openapi({ description: 'The connector’s own name of what was granted.' }),
    grants: z.array(givenId('grt')).min(1).max(1000).optional(),
    source: givenText().optional().openapi({ description: 'All people who are known there.' }),
    people: z.array(givenText()).min(1).max(1000).optional().openapi({ description: 'E-mails, logins or ids.' }),
  })
  .openapi('BatchFilter')

/** What a batch is to be made of. Each act knows some of the filter's words. */
export const batchAsk = z.strictObject({
  act: z.enum(batchActs),
  name: givenText().openapi({ description: 'What it is for.' }),
  filter: filter.optional().openapi({ description: 'What it finds now is the set, and nothing later.' }),
  direction: z
    .enum(['deny', 'allow'])
    .optional()
    .openapi({ description: 'Of a release or a cancel: all people who are held in this direction now.' }),
  until: givenTime.optional().openapi({ description: 'Of a protect: when it ends.' }),
  again: givenId('bat')
    .optional()
    .openapi({ description: 'In place of all: what came back from this batch, which has the same act.' }),
  reason: givenReason.optional(),
})

type Asked = Omit<z.output<typeof batchAsk>, 'name' | 'reason'>

export function readBatchAsk({ act, filter: asked = {}, direction, until, again }: Asked): BatchOf {
  return readBatchWish({ act, filter: dropAbsent({ ...asked, direction }), terms: dropAbsent({ until }), again })
}
