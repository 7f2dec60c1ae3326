import { z } from 'zod'
import type { InlineKind } from './access.ts'
import { WrongFieldsError } from './errors.ts'
import { isRecord } from './json.ts'
import { describeIssue, type Settings } from './settings.ts'

/** Schemas of the intake fields, where a platform asks other questions for each kind. A kind without one has no fields. */
export type FieldsByKind = { [K in InlineKind]?: Settings }

/** The schema of the intake fields: one for all kinds, one for each kind, or none. */
export type FieldSchemas = Settings | FieldsByKind | undefined

/** What a handler reads of the intake fields. `has` reads those of `provision`, which say what was asked for. */
export type FieldsOf<F, K extends InlineKind | 'has'> = F extends Settings
  ? z.output<F>
  : F extends FieldsByKind
    ? OutputOf<F[K extends InlineKind ? K : 'provision']>
    : undefined

type OutputOf<S> = S extends Settings ? z.output<S> : undefined

/** The schema of the intake fields that this kind is asked with. */
export function fieldsOfKind(fields: FieldSchemas, kind: InlineKind): Settings | undefined {
  return fields instanceof z.ZodObject ? fields : fields?.[kind]
}

type Parsed = Record<string, unknown> | undefined

/**
 * Parses a requester's answers to a platform's intake questions by the connector's own schema. Without a schema the
 * result is undefined, whatever was sent.
 * @param raw - null; a list of `{ prompt, response }`; or an object. Lumos does not publish which of them its webhooks
 * carry: the list is its REST API's form. A prompt fits a key of the schema as it stands, or when both are the same in
 * lower case without spaces and signs ("Floor no." is `floorNo`). What fits no key is left out. An answer that is null
 * or blank counts as not given, so that no number is read out of it.
 * @throws WrongFieldsError naming every field that is wrong, and no value
 */
export function parseFields(schema: Settings | undefined, raw: unknown): Parsed {
  if (schema === undefined) return undefined
  const answers = readAnswers(raw)
  const given = Object.fromEntries(Object.keys(schema.shape).flatMap((key) => findAnswer(key, answers)))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => {
    const field = issue.path[0] === undefined ? 'The fields together' : `The field "${String(issue.path[0])}"`
    const isMissing = issue.code === 'invalid_type' && !(String(issue.path[0]) in given)
    return `${field} ${isMissing ? 'is missing' : describeIssue(issue)}.`
  })
  throw new WrongFieldsError([...new Set(wrong)].join(' '))
}

/**
 * Parses them for a member that revokes access or reads it. A review asks no questions, so answers that do not fit count
 * as not sent.
 */
export function parseFieldsLoosely(schema: Settings | undefined, raw: unknown): Parsed {
  try {
    return parseFields(schema, raw)
  } catch {
    return undefined
  }
}

type Answer = { prompt: string; response: unknown }

function readAnswers(raw: unknown): Answer[] {
  if (raw === null || raw === undefined) return []
  if (isRecord(raw)) return Object.entries(raw).map(([prompt, response]) => ({ prompt, response }))
  if (Array.isArray(raw) && raw.every(isAnswer)) return raw
  throw new WrongFieldsError(
    'The fields are neither an object nor a list of { prompt, response }: the request cannot be read.',
  )
}

function isAnswer(one: unknown): one is Answer {
  return isRecord(one) && typeof one.prompt === 'string'
}

/** The entry of the key, if there is one: an equal prompt first, else a similar one. Two different answers are refused. */
function findAnswer(key: string, answers: readonly Answer[]): [string, unknown][] {
  const same = answers.filter(({ prompt }) => prompt === key)
  const fitting =
    same.length > 0 ? same : answers.filter(({ prompt }) => normalizePrompt(prompt) === normalizePrompt(key))
  const responses = [...new Set(fitting.map(({ response }) => response).filter((response) => !isBlank(response)))]
  if (responses.length > 1) throw new WrongFieldsError(`The field "${key}" is answered twice, and not the same.`)
  return responses.map((response) => [key, response])
}

function normalizePrompt(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

function isBlank(response: unknown): boolean {
  return response === null || response === undefined || (typeof response === 'string' && response.trim() === '')
}
