import { z } from 'zod'
import type { ReceivedRequest } from '../core/access.ts'
import type { Json } from '../core/json.ts'
import { flag, headerName } from '../core/settings.ts'
import { signingSecret, signWebhook, verifyWebhook } from '../core/standard-webhooks.ts'
import { type ProofCheck, type RequestHead, refuseMissing } from './proof.ts'
import { email, fields, id, mostPermissions, optionalText, readRequest, seconds } from './request-schema.ts'
import { checkHeaderSecret, composeSecret, findSecrets, listScopes, scopedSecrets, whenAllRead } from './secrets.ts'
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

/** The other way round. */
function toBody(request: ReceivedRequest): z.input<typeof body> {
  const { subject, application, permissions } = request
  return {
    subject: { email: subject.email, given_name: subject.givenName, family_name: subject.familyName },
    application: { id: application.id, instance_id: application.instanceId, label: application.label },
    permissions,
    access_length_seconds: request.accessLengthSeconds,
    comment: request.comment,
    task_url: request.taskUrl,
    fields: request.fields,
  }
}

const inline: InlineSource<PlatformConfig> = {
  authority: (config) => config.PLATFORM_AUTHORITY,
  endsAccess: (config) => config.PLATFORM_END_ACCESS,
  proof: ({ config, route }) => ({
    secret: findSecrets(config.PLATFORM_HOOK_SECRETS, route).length > 0,
    signature: findSecrets(config.PLATFORM_SIGNING_SECRETS, route).length > 0,
  }),
  checkSecret: ({ head, config, route }) =>
    checkHeaderSecret(config.PLATFORM_HOOK_SECRETS, { head, header: config.PLATFORM_HOOK_HEADER, scope: route }),
  checkSignature: ({ head, raw, config, route, now }) =>
    checkStandardSignature({ head, raw, now, secrets: findSecrets(config.PLATFORM_SIGNING_SECRETS, route) }),
  parse: ({ body: given }) => readRequest(body, { body: given, toRequest }),
  isTest: ({ request, config }) => request.application.id === config.PLATFORM_TEST_APPLICATION,
  render: ({ answer }) => answer.answer,
  compose: ({ request, config, route, now, id }) => {
    const text = JSON.stringify(toBody(request))
    const signing = findSecrets(config.PLATFORM_SIGNING_SECRETS, route)
    const secret = composeSecret(config.PLATFORM_HOOK_SECRETS, { header: config.PLATFORM_HOOK_HEADER, scope: route })
    return {
      body: text,
      headers: { ...secret, ...(signing.length > 0 ? signWebhook({ id, at: now, text }, signing) : {}) },
    }
  },
  scopes: (config) => listScopes([...config.PLATFORM_SIGNING_SECRETS, ...config.PLATFORM_HOOK_SECRETS]),
  explain: () => ['The hub’s own form of requests and answers: docs/inline-hooks.md.'],
}

type Signed = { head: RequestHead; raw: Uint8Array<ArrayBuffer>; now: Date; secrets: readonly string[] }

function checkStandardSignature({ head, raw, now, secrets }: Signed): ProofCheck {
  const { id, timestamp, signature, missing } = readSignatureHeaders(head)
  if (missing.length > 0) return refuseMissing(missing)
  const verdict = verifyWebhook({ id, timestamp, signature, raw, now }, secrets)
  if (verdict === 'good') return { good: true, messageId: id }
  const detail =
    verdict === 'wrong_time'
      ? 'The signature is good, and its timestamp is more than five minutes from the clock here.'
      : 'The signature fits none of the secrets configured for this connector and kind.'
  return { good: false, why: verdict, detail }
}

/** Standard Webhooks' names of its headers, and the older ones of the same scheme, which some libraries still send. */
const headerSets = ['webhook', 'svix'].map((prefix) => ({
  id: `${prefix}-id`,
  timestamp: `${prefix}-timestamp`,
  signature: `${prefix}-signature`,
}))

/** One whole set; if there is none, the set of which most is there, and what is missing of it. */
function readSignatureHeaders(head: RequestHead) {
  const [best] = headerSets
    .map((names) => ({
      id: head.header(names.id) ?? '',
      timestamp: head.header(names.timestamp) ?? '',
      signature: head.header(names.signature) ?? '',
      missing: Object.values(names).filter((name) => !head.header(name)),
    }))
    .sort((a, b) => a.missing.length - b.missing.length)
  if (!best) throw new Error('Headers of a signature have names.')
  return best
}

/** Any request platform that can be told what to send: inline hooks in the hub's own form. It sends no events. */
export const platform: Source<PlatformConfig> = {
  kind: 'platform',
  config,
  challenge: () => null,
  parse: () => [],
  inline,
}
