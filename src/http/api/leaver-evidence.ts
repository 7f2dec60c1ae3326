import { z } from '@hono/zod-openapi'
import { collectEvidence } from '../../operate/evidence.ts'
import { reportAgainst } from '../../operate/leavers-against.ts'
import { addAct } from './add-act.ts'
import { addRead } from './add-read.ts'
import { givenText } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { makeOneAtATime } from './one-at-a-time.ts'
import { makeAsk, period, readPeriod, zone } from './report-ask.ts'
import { againstReport, evidencePack } from './report-schema.ts'

/** Below the root: its body is a file, and larger than that of an order. */
export const againstPath = '/reports/leavers/against'

const mostSampled = 20

/** So many lines a request has compared. */
const mostLines = 5000

/** So many lines are read anew at the authority in one request, one after another. */
const mostLive = 100
const liveMs = 60_000

const sampled = z
  .string()
  .regex(/^[1-9]\d?$/, { error: `is no whole number from 1 to ${mostSampled}` })
  .transform(Number)
  .refine((count) => count <= mostSampled, { error: `is more than ${mostSampled}` })
  .openapi({ type: 'integer', minimum: 1, maximum: mostSampled, description: 'So many leavers at most.' })

const given = z.strictObject({
  zone,
  name: givenText().default('unnamed').openapi({ description: 'Of the file, for the head of the report.' }),
  csv: z
    .string()
    .refine((text) => text.isWellFormed(), { error: 'is no Unicode' })
    .openapi({ description: `The file itself, with a line of titles and ${mostLines} lines below it at most.` }),
  live: z
    .boolean()
    .default(false)
    .openapi({
      description: `Each person is read at the authority now: ${mostLive} lines at most, within a minute.`,
    }),
})

/** Adds what an auditor asks beside the report on leavers: who left by another list, and all about some of them. */
export function addLeaverEvidence(api: Api, needs: ApiNeeds): void {
  const { journal, installed, clock } = needs
  const alone = makeOneAtATime()
  addRead(
    api,
    {
      role: 'auditor',
      tag: 'reports',
      path: '/reports/leavers/sample',
      summary:
        'Collects all that the journal has about some leavers of a period, with what senders sent. One at a time.',
      query: period.extend({
        sample: sampled,
        seed: givenText().openapi({ description: 'Decides who is in it: the same seed picks the same people.' }),
      }),
      answer: evidencePack,
      problems: [422],
    },
    async ({ caller, query: { sample: count, seed, ...query } }) => {
      const ask = makeAsk(needs, { caller, zone: query.zone })
      const asked = { ...ask, ...readPeriod(query, ask.now), count, seed }
      return alone(() => collectEvidence(journal, asked))
    },
  )
  addAct(
    api,
    needs,
    {
      role: 'auditor',
      tag: 'reports',
      path: againstPath,
      summary: 'Says who left by a file and is still let in. Nothing is written, and of the file nothing is kept.',
      params: z.object({}),
      body: given,
      answer: againstReport,
      isFresh: true,
    },
    async ({ caller, body: { zone: named, name: file, csv: text, live: isLive } }) => {
      const ask = makeAsk(needs, { caller, zone: named })
      const live = isLive ? { installed, clock, signal: AbortSignal.timeout(liveMs) } : undefined
      const most = isLive ? mostLive : mostLines
      return alone(() => reportAgainst(journal, { ...ask, text, file, live, most }))
    },
  )
}
