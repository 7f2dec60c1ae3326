import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Misbehaviour } from './weather.ts'

/** Where a tenant is told how to behave. No vendor has such a path. */
export const SIMULATION_PATH = '/simulation'

type RemoteControl = {
  /** What can be looked at: the name in the path, and what it holds now. */
  lists: Record<string, () => unknown>
  misbehave: (rule: Misbehaviour) => unknown
  calm: () => void
}

const milliseconds = z.number().int().min(0).max(600_000)

const misbehaviour = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  path: z.string().optional(),
  pathPattern: z.string().refine(isPattern, { error: 'is not a regular expression' }).optional(),
  times: z.number().int().min(1).optional(),
  delayMs: milliseconds.optional(),
  status: z.number().int().min(400).max(599).optional(),
  resetSeconds: z.number().min(0).optional(),
  lateMs: milliseconds.optional(),
  cut: z.enum(['before', 'midway', 'after']).optional(),
})

/**
 * The remote control of a tenant that runs by itself: `GET /simulation/<list>`, `POST` and `DELETE /simulation/weather`.
 * It stands outside of the weather that it makes, and its calls are in no log.
 */
export function createSimulationRoutes({ lists, misbehave, calm }: RemoteControl): Hono {
  const app = new Hono().basePath(SIMULATION_PATH)
  for (const [name, read] of Object.entries(lists)) app.get(`/${name}`, (c) => c.json(read()))
  app.post('/weather', (c) => takeRule(c, misbehaviour, (rule) => misbehave(toMisbehaviour(rule))))
  app.delete('/weather', (c) => {
    calm()
    return c.body(null, 204)
  })
  app.notFound((c) => {
    const known = [...Object.keys(lists).map((name) => `GET ${SIMULATION_PATH}/${name}`), 'POST or DELETE …/weather']
    return c.json({ error: `There is no such control here. Known: ${known.join(', ')}` }, 404)
  })
  return app
}

/** Takes a rule from a body. A mistyped rule would have no effect and say nothing, so it is refused. */
export async function takeRule<T>(c: Context, schema: z.ZodType<T>, take: (rule: T) => unknown): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => undefined)
  const parsed = schema.safeParse(body)
  if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400)
  take(parsed.data)
  return c.body(null, 204)
}

function toMisbehaviour({ pathPattern, ...rule }: z.output<typeof misbehaviour>): Misbehaviour {
  const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))
  return { ...given, ...(pathPattern === undefined ? {} : { path: new RegExp(pathPattern) }) }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
