import { Hono } from 'hono'
import { z } from 'zod'
import { bearsToken, sendWrongToken } from './bearer.ts'
import { sendProblem } from './problem.ts'

const databaseSchema = z.object({
  /** False: all below is null. */
  reachable: z.boolean(),
  /** PostgreSQL's major version. */
  postgres: z.number().nullable(),
  /** The database's clock less this one. */
  clockAheadMs: z.number().nullable(),
  schema: z.object({ fits: z.boolean(), pending: z.array(z.string()), newer: z.array(z.string()) }).nullable(),
  /** False: a cache answers selects. Null: the test could not be made, in a schema without its table for instance. */
  seesOwnWrites: z.boolean().nullable(),
})

/** How a hub stands that no command can look into from its own machine. Names, booleans and numbers: no value of a setting. */
export const diagnosisSchema = z.object({
  /** Settings and bindings that are missing or wrong. */
  wrong: z.array(z.string()),
  /** Names that are set, secrets among them. */
  settings: z.array(z.string()),
  bindings: z.record(z.string(), z.boolean()),
  /** Whether the runtime has Node's modules; null: it does not tell. */
  nodejsCompat: z.boolean().nullable(),
  database: databaseSchema,
})

export type Diagnosis = z.output<typeof diagnosisSchema>

export type DatabaseDiagnosis = z.output<typeof databaseSchema>

type DiagnosisNeeds = { token: string | undefined; diagnose(): Promise<Diagnosis> }

/** Serves the diagnosis to who bears the token. Without a token there is no such address. */
export function serveDiagnosis({ token, diagnose }: DiagnosisNeeds): Hono {
  return new Hono().get('/diagnosis', async (c) => {
    if (token === undefined) {
      const detail = 'Nothing lives at this address.'
      return sendProblem(c, { status: 404, code: 'not_found', title: 'Not found', detail })
    }
    if (!bearsToken(c, token)) {
      return sendWrongToken(c, { what: 'The diagnosis of this hub is', setting: 'HUB_DIAGNOSIS_TOKEN' })
    }
    return c.json(await diagnose(), 200, { 'cache-control': 'no-store' })
  })
}
