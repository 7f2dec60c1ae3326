import { z } from 'zod'

/**
 * The hub's one flat object in Auth0's `app_metadata`, under a configurable key. It names the person for whom the
 * user was locked, so that only the same person's return, or an operator, lets the user in again.
 * Flat, because a PATCH replaces nested objects whole (Auth0 docs: "Manage metadata with the Management API").
 */
export const accessMetadata = z.object({
  /** The authority's id of the person for whom the hub wrote this. */
  id: z.string(),
  /** The authority's status, verbatim. */
  status: z.string(),
  deactivated: z.boolean(),
  /** ISO time at which the authority says that the status changed. */
  changed_at: z.string().nullable(),
  /** The hub's event that led to this. */
  event_id: z.string(),
  /** True when `blocked` was set by the hub, which may then take it away again. */
  blocked_by_hub: z.boolean(),
})

export type AccessMetadata = z.output<typeof accessMetadata>
