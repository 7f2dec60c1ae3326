import { z } from 'zod'
import { inlineKinds } from '../core/access.ts'
import { matchesAnySecret } from '../core/crypto.ts'
import { secret } from '../core/settings.ts'
import { type ProofCheck, type RequestHead, refuseMissing } from './proof.ts'

/** The hooks that a secret is valid for: one kind at one connector, `*` for any; `events` for the source's event hook. */
export type Scope = { connector: string; kind: string }

type ScopedSecret = Scope & { secret: string }

/** The scope of a source's event hook, such as Lumos' SIEM webhook. */
export const eventsScope: Scope = { connector: 'events', kind: 'events' }

const entry = new RegExp(`^(?:(events)|([a-z0-9_*-]+)/(${inlineKinds.join('|')}|\\*)):(.+)$`)

/**
 * A comma-separated list of `<connector>/<kind>:<secret>`, so that the secret of a `validate` hook can grant nothing;
 * `*` stands for any connector or kind. Several secrets of one scope at once are a rotation.
 */
export function scopedSecrets(form?: {
  pattern: RegExp
  error: string
}): z.ZodType<ScopedSecret[], string | undefined> {
  const list = z
    .string()
    .default('')
    .transform((text, context) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .flatMap((part, i) => {
          // The entry itself is a secret, and is not quoted.
          const wrong = (message: string) => {
            context.addIssue({ code: 'custom', message: `has an entry, number ${i + 1}${message}` })
            return []
          }
          const one = readEntry(part)
          if (one === null) {
            return wrong(
              `, that is not <connector>/<kind>:<secret> or events:<secret>; kinds: ${inlineKinds.join(', ')} or *`,
            )
          }
          if (!form || form.pattern.test(one.secret)) return [one]
          return wrong(` (${one.connector}/${one.kind}), whose secret ${form.error}`)
        }),
    )
  return secret(list)
}

function readEntry(text: string): ScopedSecret | null {
  const [, events, connector, kind, value] = entry.exec(text) ?? []
  if (value && events) return { ...eventsScope, secret: value }
  return value && connector && kind ? { connector, kind, secret: value } : null
}

/**
 * For the `when` of a rule across settings: the rule is checked although another setting is wrong, so that all problems
 * come at once, but not when one of these is, whose problem is reported already.
 */
export function whenAllRead(...settings: readonly string[]): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) => !issues.some(({ path }) => settings.includes(String(path?.[0])))
}

/** The secrets that are valid for a scope. `*` does not cover the event hook, which has a scope of its own. */
export function findSecrets(secrets: readonly ScopedSecret[], scope: Scope): string[] {
  const fits = (given: string, wanted: string) => given === wanted || (given === '*' && wanted !== 'events')
  return secrets
    .filter((one) => fits(one.connector, scope.connector) && fits(one.kind, scope.kind))
    .map((one) => one.secret)
}

/** The scopes for which there are secrets, each once and without the secret. */
export function listScopes(secrets: readonly ScopedSecret[]): Scope[] {
  const scopes = secrets.map(({ connector, kind }) => ({ connector, kind }))
  return [...new Map(scopes.map((scope) => [`${scope.connector}/${scope.kind}`, scope])).values()]
}

/** True when the text is one of the secrets that are valid for the scope. Compares in constant time. */
export function isSecretOf(
  secrets: readonly ScopedSecret[],
  { scope, given }: { scope: Scope; given: string | undefined },
): boolean {
  return given !== undefined && matchesAnySecret(given, findSecrets(secrets, scope))
}

type SecretQuestion = { head: RequestHead; header: string; scope: Scope }

/** Looks for one of the secrets that are valid for the scope in a header. */
export function checkHeaderSecret(
  secrets: readonly ScopedSecret[],
  { head, header, scope }: SecretQuestion,
): ProofCheck {
  const given = head.header(header.toLowerCase())
  if (given === undefined) return refuseMissing([header.toLowerCase()])
  if (isSecretOf(secrets, { scope, given })) return { good: true }
  const detail = 'The secret of this hook is not among those configured for this connector and kind.'
  return { good: false, why: 'wrong', detail }
}

/** The header that carries a secret which is valid for the scope, if one is configured: what `checkHeaderSecret` takes. */
export function composeSecret(
  secrets: readonly ScopedSecret[],
  { header, scope }: { header: string; scope: Scope },
): Record<string, string> {
  const [first] = findSecrets(secrets, scope)
  return first === undefined ? {} : { [header.toLowerCase()]: first }
}
