import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import type { ReceivedRequest } from '../core/access.ts'
import type { Json } from '../core/json.ts'
import { flag, headerName } from '../core/settings.ts'
import { signingSecret } from '../core/standard-webhooks.ts'
import { email, fields, id, mostPermissions, optionalText, readRequest, seconds } from './request-schema.ts'
import { findSecrets, isSecretOf, listScopes, scopedSecrets, whenAllRead } from './secrets.ts'
import type { InlineSource, Source } from './source.ts'

const settings = z.object({
  PLATFORM_SIGNING_SECRETS: scopedSecrets(signingSecret).describe(
    'Comma-separated <connector>/<kind>:whsec_<base64>, by Standard Webhooks: required of a hook for which one is given.',
  ),
  PLATFORM_HOOK_SECRETS: scopedSecrets().describe(
    'Comma-separated <connector>/<kind>:<value of the header>: for a platform that cannot sign.',
  ),
  PLATFORM_HOOK_HEADER: headerName()
    .default('authorization')
    .describe('The name of the header that carries the secret.'),
  PLATFORM_AUTHORITY: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, { error: 'is not the id of a connector' })
    .default('okta')
    .describe('The connector that is asked who somebody is: okta, or an instance of it.'),
  PLATFORM_END_ACCESS: flag(true).describe(
    'true: the hub takes time-boxed access away by itself; false: it waits for the platform to say so.',
  ),
  PLATFORM_TEST_APPLICATION: z
    .string()
    .default('test')
    .describe('The application id of a trial: answered well, and nothing happens.'),
})

const config = settings.refine(
  (given) => (given.PLATFORM_SIGNING_SECRETS?.length ?? 0) + (given.PLATFORM_HOOK_SECRETS?.length ?? 0) > 0,
  {
    path: ['PLATFORM_SIGNING_SECRETS'],
    error: 'holds no secret, and neither does PLATFORM_HOOK_SECRETS',
    when: whenAllRead('PLATFORM_SIGNING_SECRETS', 'PLATFORM_HOOK_SECRETS'),
  },
)

type PlatformConfig = z.output<typeof settings>

/** The hub's own form of a request, for platforms whose form can be chosen: docs/inline-hooks.md. */
const body = z.object({
  subject: z.object({ email, given_name: optionalText, family_name: optionalText }),
  application: z.object({ id, instance_id: id.nullish(), label: optionalText }),
  permissions: z
    .array(z.object({ value: id, label: optionalText, source: optionalText }))
    .max(mostPermissions)
    .nullish(),
  access_length_seconds: seconds,
  comment: optionalText,
  task_url: optionalText,
  fields: fields.optional(),
})

function toRequest(given: z.output<typeof body>): ReceivedRequest {
  const { subject, application, permissions } = given
  return {
    subject: { email: subject.email, givenName: subject.given_name ?? null, familyName: subject.family_name ?? null },
    application: {
      id: application.id,
      instanceId: application.instance_id ?? null,
      label: application.label ?? application.id,
    },
    permissions: (permissions ?? []).map(({ value, label, source }) => ({
      value,
      label: label ?? value,
      source: source ?? '',
    })),
    accessLengthSeconds: given.access_length_seconds ?? null,
    comment: given.comment ?? null,
    taskUrl: given.task_url || null,
    fields: (given.fields ?? null) as Json,
  }
}

const inline: InlineSource<PlatformConfig> = {
  authority: (config) => config.PLATFORM_AUTHORITY,
  endsAccess: (config) => config.PLATFORM_END_ACCESS,
  proof: ({ config, route }) => ({
    secret: findSecrets(config.PLATFORM_HOOK_SECRETS, route).length > 0,
    signature: findSecrets(config.PLATFORM_SIGNING_SECRETS, route).length > 0,
  }),
  hasSecret: ({ head, config, route }) =>
    isSecretOf(config.PLATFORM_HOOK_SECRETS, {
      scope: route,
      given: head.header(config.PLATFORM_HOOK_HEADER.toLowerCase()),
    }),
  // The library refuses a timestamp more than five minutes from its own clock (Standard Webhooks specification).
  isSigned: ({ head, raw, config, route }) => {
    const headers = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, head.header(name) ?? '']),
    )
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw)
    return findSecrets(config.PLATFORM_SIGNING_SECRETS, route).some((secret) => verifies(secret, { text, headers }))
  },
  parse: ({ body: given }) => readRequest(body, { body: given, toRequest }),
  isTest: ({ request, config }) => request.application.id === config.PLATFORM_TEST_APPLICATION,
  render: ({ answer }) => answer.answer,
  scopes: (config) => listScopes([...config.PLATFORM_SIGNING_SECRETS, ...config.PLATFORM_HOOK_SECRETS]),
  explain: () => ['The hub’s own form of requests and answers: docs/inline-hooks.md.'],
}

function verifies(secret: string, { text, headers }: { text: string; headers: Record<string, string> }): boolean {
  try {
    new Webhook(secret).verify(text, headers)
    return true
  } catch {
    return false
  }
}

/** Any request platform that can be told what to send: inline hooks in the hub's own form. It sends no events. */
export const platform: Source<PlatformConfig> = {
  kind: 'platform',
  config,
  challenge: () => null,
  authenticate: () => false,
  parse: () => [],
  inline,
}
