import { z } from '@hono/zod-openapi'
import { erasePerson } from '../../operate/erase-person.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { givenId, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'
import { ApiProblem } from './problems.ts'

const ofPerson = z.object({ id: givenId('per') })

const stored = z.json().openapi({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] })

const exported = z
  .object({
    person: z.string(),
    source: z.string(),
    authorityId: z.string(),
    tables: z.record(z.string(), z.array(z.record(z.string(), stored))).openapi({
      description: 'The rows of each table as they are stored. Columns may come and go.',
    }),
  })
  .openapi('ExportedPerson')

const legalHolds = z
  .object({
    holds: z.array(
      z
        .object({
          person: z.string(),
          source: z.string(),
          authorityId: z.string(),
          reason: z.string(),
          by: z.string(),
          at: time,
        })
        .openapi('LegalHold'),
    ),
    next: nextCursor,
  })
  .openapi('LegalHolds')

const endsSearch = z.boolean().optional().openapi({
  description: 'True: you know that accounts of a denied person are not searched for by e-mail any more.',
})

const bounds = { rows: 20_000, bytes: 32 * 1024 * 1024 }
const commandLine = 'the command "person export" prints it where the database can be reached.'

/** Adds what a person may ask for of their data, and what keeps it from being erased. */
export function addPrivacy(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  addRead(
    api,
    {
      role: 'auditor',
      tag: 'people',
      path: '/people/{id}/export',
      summary: 'Exports all that the journal has of a person. It reads every body, and takes its time.',
      params: ofPerson,
      answer: exported,
      problems: [404, 422],
    },
    async ({ params: { id } }) => {
      const person = await readOne(needs, id)
      const tables = await journal.records.exportPerson(person, bounds)
      if (tables === null) throw new ApiProblem('too_much', `It is more than goes into one answer: ${commandLine}`)
      const rows = Object.fromEntries(tables.map(({ table, rows }) => [table, rows]))
      return { person: id, source: person.source, authorityId: person.authorityId, tables: rows }
    },
  )
  addRead(
    api,
    {
      role: 'auditor',
      tag: 'people',
      path: '/legal-holds',
      summary: 'Lists the people of whom nothing is erased.',
      query: z.strictObject(pageQuery),
      answer: legalHolds,
    },
    async ({ query }) => {
      const rows = await journal.orders.listLegalHolds()
      const page = takePage(rows, { list: 'legal-holds', query, keyOf: ({ person }) => person })
      return { holds: page.rows, next: page.next }
    },
  )
  addPrivacyOrders(api, needs)
}

function addPrivacyOrders(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  const order = { role: 'admin', tag: 'orders', params: ofPerson } as const
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/erase',
      summary: 'Erases what a person is called and what was said of them, for good.',
      body: z.strictObject({ reason: givenReason, endsSearch }),
      answer: z.object({ id: z.string(), events: z.int(), deliveries: z.int() }).openapi('Erased'),
    },
    async ({ operator, params: { id }, body: { reason, endsSearch: isKnown = false } }) => {
      const person = await readOne(needs, id)
      const { events, deliveries } = await erasePerson(journal, { ...operator, reason, person, endsSearch: isKnown })
      return { id, events, deliveries }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/legal-hold',
      summary: 'Sets a legal hold: nothing of the person is erased until it is ended.',
      body: z.strictObject({ reason: givenReason }),
      answer: z.object({ id: z.string(), held: z.literal(true) }).openapi('LegallyHeld'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      await readOne(needs, id)
      await journal.orders.setLegalHold({ ...operator, reason, person: id })
      return { id, held: true as const }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/legal-hold/end',
      summary: 'Ends a legal hold.',
      body: z.strictObject({ reason: givenReason.optional() }),
      answer: z.object({ id: z.string(), wasHeld: z.boolean() }).openapi('LegalHoldEnded'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      await readOne(needs, id)
      return { id, wasHeld: await journal.orders.endLegalHold({ ...operator, reason: reason ?? null, person: id }) }
    },
  )
}

async function readOne({ journal }: Pick<ApiNeeds, 'journal'>, id: string) {
  const [person] = await journal.records.readPeople([id])
  if (person) return person
  throw new ApiProblem('unknown_person', `The journal has no person ${id}.`)
}
