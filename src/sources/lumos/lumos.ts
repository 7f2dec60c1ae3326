import { z } from 'zod'
import { hmacSha256, matchesAnySecret, toHex } from '../../core/crypto.ts'
import type { ParsedEvent } from '../../core/event.ts'
import { isRecord, type Json } from '../../core/json.ts'
import { flag, headerName } from '../../core/settings.ts'
import { fingerprint } from '../fingerprint.ts'
import { type ProofCheck, refuseMissing } from '../proof.ts'
import {
  checkHeaderSecret,
  composeSecret,
  eventsScope,
  findSecrets,
  isSecretOf,
  listScopes,
  scopedSecrets,
  whenAllRead,
} from '../secrets.ts'
import { cleanText, type InlineSource, type Source } from '../source.ts'
import { lumosAnswers, renderLumosAnswer } from './answer.ts'
import { composeLumosRequest, parseLumosRequest } from './request.ts'

const settings = z.object({
  LUMOS_HOOK_SECRETS: scopedSecrets().describe(
    'Comma-separated <connector>/<kind>:<value of the header>; events:<value> for the SIEM webhook. Give this, LUMOS_SIGNING_SECRETS, or both.',
  ),
  LUMOS_HOOK_HEADER: headerName()
    .default('authorization')
    .describe('The name of the custom header that carries the secret.'),
  LUMOS_SIGNING_SECRETS: scopedSecrets().describe(
    'Comma-separated <connector>/<kind>:<signing secret of the webhook>: required of a hook for which one is given.',
  ),
  LUMOS_SIGNATURE_SECONDS: z.coerce
    .number()
    .int()
    .min(10)
    .max(86_400)
    .default(300)
    .describe('How old, in seconds, a signature may be: a copy of a hook is refused after that.'),
  LUMOS_AUTHORITY: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, { error: 'is not the id of a connector' })
    .default('okta')
    .describe('The connector that is asked who somebody is: okta, or an instance of it.'),
  LUMOS_END_ACCESS: flag(false).describe(
    'true: the hub takes time-boxed access away by itself too; false: it waits for Lumos to say so.',
  ),
  LUMOS_TEST_APPLICATION: z
    .string()
    .default('demo_app')
    .describe('The application id that Lumos’ "Test Webhook" sends: answered well, and nothing happens. Unverified.'),
  LUMOS_ANSWER_FORM: z
    .enum(['output', 'bare'])
    .default('output')
    .describe('output: answers stand under "output"; bare: at the top. Lumos reads both.'),
  LUMOS_ANSWERS: lumosAnswers().describe(
    'JSON that replaces values of the answer table: see docs/connect-lumos.md. The defaults are unverified.',
  ),
})

const config = settings.refine((given) => countSecrets(given) > 0, {
  path: ['LUMOS_HOOK_SECRETS'],
  error: 'holds no secret, and neither does LUMOS_SIGNING_SECRETS',
  when: whenAllRead('LUMOS_HOOK_SECRETS', 'LUMOS_SIGNING_SECRETS'),
})

export type LumosConfig = z.output<typeof settings>

function countSecrets(given: Partial<LumosConfig>): number {
  return (given.LUMOS_HOOK_SECRETS?.length ?? 0) + (given.LUMOS_SIGNING_SECRETS?.length ?? 0)
}

const inline: InlineSource<LumosConfig> = {
  authority: (config) => config.LUMOS_AUTHORITY,
  endsAccess: (config) => config.LUMOS_END_ACCESS,
  proof: ({ config, route }) => ({
    secret: findSecrets(config.LUMOS_HOOK_SECRETS, route).length > 0,
    signature: findSecrets(config.LUMOS_SIGNING_SECRETS, route).length > 0,
  }),
  checkSecret: ({ head, config, route }) =>
    checkHeaderSecret(config.LUMOS_HOOK_SECRETS, { head, header: config.LUMOS_HOOK_HEADER, scope: route }),
  checkSignature: ({ head, raw, config, route, now }) =>
    checkLumosSignature(
      {
        raw,
        header: head.header(signatureHeader),
        secrets: findSecrets(config.LUMOS_SIGNING_SECRETS, route),
      },
      { now, windowSeconds: config.LUMOS_SIGNATURE_SECONDS },
    ),
  parse: ({ body }) => parseLumosRequest(body),
  isTest: ({ request, config }) => request.application.id === config.LUMOS_TEST_APPLICATION,
  render: ({ answer, config }) =>
    renderLumosAnswer({ answer, answers: config.LUMOS_ANSWERS, form: config.LUMOS_ANSWER_FORM }),
  compose: ({ request, config, route, now }) => {
    const text = JSON.stringify(composeLumosRequest(request))
    const [signing] = findSecrets(config.LUMOS_SIGNING_SECRETS, route)
    const secret = composeSecret(config.LUMOS_HOOK_SECRETS, { header: config.LUMOS_HOOK_HEADER, scope: route })
    return { body: text, headers: { ...secret, ...(signing ? signLumosBody({ text, at: now }, signing) : {}) } }
  },
  scopes: (config) => listScopes([...config.LUMOS_HOOK_SECRETS, ...config.LUMOS_SIGNING_SECRETS]),
  explain: (config) => [
    `Answers (unverified against Lumos): ${JSON.stringify(config.LUMOS_ANSWERS)}, ${config.LUMOS_ANSWER_FORM} form.`,
    `The placeholder of "Test Webhook" (unverified): ${config.LUMOS_TEST_APPLICATION}.`,
  ],
}

/** Lumos: four inline hooks that wait for an answer, and the SIEM webhook as events. */
export const lumos: Source<LumosConfig> = {
  kind: 'lumos',
  config,
  challenge: () => null,
  authenticate: ({ head, config }) =>
    isSecretOf(config.LUMOS_HOOK_SECRETS, {
      scope: eventsScope,
      given: head.header(config.LUMOS_HOOK_HEADER.toLowerCase()),
    }),
  parse: ({ body, receivedAt }) => [parseSiemEvent(body, receivedAt)],
  inline,
}

/**
 * Makes one event of a request. Two of Lumos' pages disagree whether it is wrapped in `event` (SIEM webhooks, 2233571435; how
 * Lumos logs to your SIEM, 4091434376), so both are read. Its time has no zone, and Lumos names none: we take it for UTC.
 */
function parseSiemEvent(body: unknown, receivedAt: string): ParsedEvent {
  const element = isRecord(body) && isRecord(body.event) ? body.event : body
  const facts = isRecord(element) ? element : {}
  const type = cleanText(facts.event_type)
  return {
    externalId: cleanText(facts.event_hash) ?? `content:${fingerprint(element)}`,
    requestId: null,
    type: type ?? 'unparseable',
    time: readTime(facts.event_began_at) ?? receivedAt,
    authorityId: null,
    hint: 'neutral',
    trusted: true,
    data: element as Json,
  }
}

function readTime(value: unknown): string | null {
  const text = cleanText(value)
  if (text === null || !/^\d{4}-\d\d-\d\dT/.test(text)) return null
  const time = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

const signatureHeader = 'x-lumos-webhook-signature'

function signLumosBody({ text, at }: { text: string; at: Date }, secret: string): Record<string, string> {
  const timestamp = String(at.getTime())
  const signature = toHex(hmacSha256(secret, makeSignedBytes(timestamp, new TextEncoder().encode(text))))
  return { [signatureHeader]: `ts=${timestamp},sig:v1=${signature}` }
}

type Signature = { raw: Uint8Array<ArrayBuffer>; header: string | undefined; secrets: readonly string[] }

/**
 * Looks whether the body is signed, and lately. The header is
 * `X-Lumos-Webhook-Signature: ts=<unix ms>,sig:v1=<hex>[,sig:v1=<hex>…]`, HMAC-SHA256 over `{ts}:{raw body}`. At least
 * one `v1` must be there and every one of them must be good; unknown versions are ignored (Lumos help centre:
 * verifying webhook signatures, 3717824769). Lumos does not say how old it may be: `windowSeconds` is our choice.
 */
function checkLumosSignature(
  { raw, header, secrets }: Signature,
  { now, windowSeconds }: { now: Date; windowSeconds: number },
): ProofCheck {
  const wrong = 'The signature fits none of the secrets configured for this connector and kind.'
  const refuse = (why: 'wrong' | 'wrong_time', detail = wrong) => ({ good: false as const, why, detail })
  if (!header) return refuseMissing([signatureHeader])
  const parts = header.split(',').map((part) => part.trim())
  const timestamps = parts.filter((part) => part.startsWith('ts=')).map((part) => part.slice(3))
  const signatures = parts.filter((part) => part.startsWith('sig:v1=')).map((part) => part.slice(7).toLowerCase())
  const [timestamp] = timestamps
  if (timestamps.length !== 1 || timestamp === undefined || !/^\d{1,16}$/.test(timestamp)) {
    return refuse('wrong', `${signatureHeader} is not of the form ts=<milliseconds>,sig:v1=<hex>.`)
  }
  if (signatures.length === 0 || signatures.length > 10) return refuse('wrong')
  const expected = secrets.map((secret) => toHex(hmacSha256(secret, makeSignedBytes(timestamp, raw))))
  if (!signatures.every((signature) => matchesAnySecret(signature, expected))) return refuse('wrong')
  if (Math.abs(now.getTime() - Number(timestamp)) <= windowSeconds * 1000) return { good: true }
  return refuse(
    'wrong_time',
    `The signature is good, and its time is more than ${windowSeconds} s from the clock here.`,
  )
}

function makeSignedBytes(timestamp: string, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${timestamp}:`)
  const bytes = new Uint8Array(head.length + raw.length)
  bytes.set(head)
  bytes.set(raw, head.length)
  return bytes
}
