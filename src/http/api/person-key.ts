import { z } from '@hono/zod-openapi'

/** The person at the authority whose token or session it is; null: nobody's. */
export const personKey = z.object({ source: z.string(), authorityId: z.string() }).nullable()
