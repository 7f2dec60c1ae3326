import { z } from '@hono/zod-openapi'
import { auditActs } from '../../core/audit.ts'
import { exportAudit, listAudit } from '../../operate/audit.ts'
import { addRead } from './add-read.ts'
import { givenText, givenTime, openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'

const fact = z.json().openapi({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] })

const entry = z
  .object({
    number: z.int().nullable().openapi({ description: 'Counted without a gap; null: for the first seconds.' }),
    id: z.string(),
    at: time,
    actor: z.string().openapi({ description: 'The id that its surface vouched for.' }),
    by: z.string().openapi({ description: 'The name that was given, or else the actor.' }),
    role: openWord(['viewer', 'auditor', 'operator', 'admin', 'administrator', 'hub']),
    way: openWord(['console', 'api', 'cli', 'schedule', 'hub']),
    act: openWord(auditActs),
    targets: z.array(z.string()),
    facts: z.record(z.string(), fact),
    reason: z.string().nullable(),
    planHash: z.string().nullable(),
    result: openWord(['done', 'refused']),
    requestId: z.string().nullable(),
    note: z.string().nullable().openapi({ description: 'The salted SHA-256 of the words; null: there were none.' }),
    words: openWord(['none', 'kept', 'changed', 'erased']),
  })
  .openapi('AuditEntry')

const filters = {
  actor: givenText().optional().openapi({ description: 'An account, or the name that was given; `hub`: its own.' }),
  act: z.enum(auditActs).optional(),
  target: givenText().optional().openapi({ description: 'An id or its beginning, a connector, an e-mail or a login.' }),
  since: givenTime.optional(),
}

const mostLines = 5000

/** Adds what is on record: as a list for people, and by number for archives. */
export function addAudit(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'auditor', tag: 'audit', problems: [409] } as const
  addRead(
    api,
    {
      ...read,
      path: '/audit',
      summary: 'Lists what is on record, the newest first.',
      query: z.strictObject({ ...filters, ...pageQuery }),
      answer: z.object({ entries: z.array(entry), next: nextCursor }).openapi('Audit'),
    },
    async ({ query }) => {
      const { cursor, limit, ...asked } = query
      const listing = { list: 'audit', filter: query }
      const { entries, next } = await listAudit(journal, { query: asked, limit, after: readCursor(listing, cursor) })
      return { entries, next: writeCursor(listing, next) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/audit/export',
      summary: `Exports what is numbered as JSON Lines, the oldest first, ${mostLines} lines at most: go on after the last number.`,
      query: z.strictObject({ ...filters, after: givenNumber.default(0) }),
      answer: z.array(entry),
      line: entry,
    },
    async ({ query: { after, ...asked } }) => {
      const lines: z.input<typeof entry>[] = []
      for await (const one of exportAudit(journal, { query: asked, after })) {
        lines.push(one)
        if (lines.length === mostLines) break
      }
      return lines
    },
  )
}

const givenNumber = z
  .string()
  .regex(/^\d{1,15}$/, { error: 'is no number of a row' })
  .transform(Number)
  .openapi({ type: 'integer', minimum: 0, description: 'Only beyond this number: the last one that you have.' })
