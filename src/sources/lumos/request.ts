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

/** The other way round: the body that Lumos would send for it. */
export function composeLumosRequest(request: ReceivedRequest): z.input<typeof body> {
  const { subject, application, permissions } = request
  return {
    application: {
      app_id: application.id,
      instance_id: application.instanceId,
      user_friendly_label: application.label,
    },
    permissions,
    target_user: { email: subject.email, given_name: subject.givenName, family_name: subject.familyName },
    access_length: request.accessLengthSeconds,
    request_comment: request.comment,
    request_task_url: request.taskUrl,
    custom_fields: request.fields,
  }
}
