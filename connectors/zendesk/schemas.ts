import { z } from 'zod'

/**
 * As much of a user as decides anything. `role_type`: 0 custom agent, 1 light agent, 2 chat agent, 3 contributor,
 * 4 admin, 5 billing admin.
 *
 * @see https://developer.zendesk.com/api-reference/ticketing/users/users/#json-format
 */
const user = z.object({
  id: z.number(),
  email: z.string().nullish(),
  role: z.string().catch(''),
  role_type: z.number().nullish(),
  custom_role_id: z.number().nullish(),
  active: z.boolean().nullish(),
  suspended: z.boolean().nullish(),
})

export type User = z.output<typeof user>

export const oneUser = z.object({ user })

/** A search's users, of whom the ids alone count: each is read by id. */
export const manyUsers = z.object({ users: z.array(z.unknown()) })

export const userId = z.object({ id: z.number() })

/** @see https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/#json-format */
export const customRoles = z.object({
  custom_roles: z.array(z.unknown()),
})

export const customRole = z.object({
  id: z.number(),
  name: z.string(),
  role_type: z.number().nullish(),
  configuration: z.record(z.string(), z.unknown()).nullish(),
})

export type CustomRole = z.output<typeof customRole>
