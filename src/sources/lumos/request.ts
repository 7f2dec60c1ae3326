import { z } from 'zod'
import type { ReceivedRequest } from '../../core/access.ts'
import type { Json } from '../../core/json.ts'
import { email, fields, id, mostPermissions, optionalText, readRequest, seconds } from '../request-schema.ts'

/**
 * The body of Lumos' four inline hooks (Lumos help centre: webhook FAQs, 4992987865; pre-approval rules, 2399798510).
 * Enumerations are open. A deprovision that a review or an inactivity workflow has started may lack whatever belongs to
 * a request: permissions, length, comment, URL and intake fields.
 */
const body = z.object({
  application: z.object({
    app_id: id,
    instance_id: id.nullish(),
    user_friendly_label: optionalText,
  }),
  permissions: z
    .array(z.object({ value: id, label: optionalText, type: optionalText, source: optionalText }))
    .max(mostPermissions)
    .nullish(),
  target_user: z.object({ email, given_name: optionalText, family_name: optionalText }),
  access_length: seconds,
  request_comment: optionalText,
  request_task_url: optionalText,
  custom_fields: fields.optional(),
})

export function parseLumosRequest(given: unknown): { request: ReceivedRequest } | { refused: string } {
  return readRequest(body, { body: given, toRequest })
}

function toRequest(given: z.output<typeof body>): ReceivedRequest {
  const { application, permissions, target_user: user } = given
  return {
    subject: { email: user.email, givenName: user.given_name ?? null, familyName: user.family_name ?? null },
    application: {
      id: application.app_id,
      instanceId: application.instance_id ?? null,
      label: application.user_friendly_label ?? application.app_id,
    },
    permissions: (permissions ?? []).map(({ value, label, source }) => ({
      value,
      label: label ?? value,
      source: source ?? '',
    })),
    accessLengthSeconds: given.access_length ?? null,
    comment: given.request_comment ?? null,
    taskUrl: given.request_task_url || null,
    fields: (given.custom_fields ?? null) as Json,
  }
}
