import { z } from 'zod'
import { isRecord, parseJson } from './json.ts'

/** The settings of one part of the hub: environment variable → schema, each with a description that says how to mend it. */
export type Settings = z.ZodObject

/** A problem of the configuration: the variable, what is wrong with it and what to do. It never holds the value. */
export type Problem = { setting: string; what: string; fix: string }

export type Environment = Readonly<Record<string, string | undefined>>

type ReadSettings<T> = { value: T } | { absent: true } | { problems: Problem[] }

/** The prefix of a second instance: its `OKTA_EU_` stands for the schema's `OKTA_`. */
type Prefix = { from: string; to: string }

/** Marks a setting whose value never reaches a log, an error or the journal. */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), secret: true }) as T
}

/** A comma-separated list, such as one new and one old secret during a rotation. */
export function list(): z.ZodType<string[], string> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
}

/** Shorter than this, one of several secrets is taken for a half of one. */
const shortestOfSeveral = 8

/**
 * A comma-separated list of secrets, at least one. A secret with a comma in it would be two, and each half would open
 * the door. So of several none may be shorter than 8 characters; one alone may be as short as it likes.
 */
export function secretList(): z.ZodType<string[], string> {
  return secret(
    list()
      .refine((secrets) => secrets.length > 0, { error: 'holds no secret' })
      .refine((secrets) => secrets.length < 2 || secrets.every((one) => one.length >= shortestOfSeveral), {
        error: `is a list with a secret of fewer than ${shortestOfSeveral} characters. A comma parts two secrets, and each of them opens the door: a secret must not contain one`,
      }),
  )
}

/** A setting that is `true` or `false`. */
export function flag(fallback: boolean): z.ZodType<boolean, string | undefined> {
  return z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true')
}

type JsonSetting<T> = {
  schema: z.ZodType<T>
  /** What is wrong, after the setting's name. It must not quote the value. No issues: the text is no JSON. */
  error: string | ((issues: readonly z.core.$ZodIssue[]) => string)
}

/**
 * A setting whose text is a JSON document that fits the schema. Every mistake is one problem in the given words,
 * because a schema's own words speak of types and may quote the value.
 */
export function jsonSetting<T>({ schema, error }: JsonSetting<T>): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = parseJson(text)
    const parsed = value === undefined ? undefined : schema.safeParse(value)
    if (parsed?.success) return parsed.data
    const message = typeof error === 'string' ? error : error(parsed?.error.issues ?? [])
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

/** The name of an HTTP header: a token (RFC 9110, section 5.6.2). Compare it without regard to case. */
export function headerName(): z.ZodType<string, string> {
  return z.string().regex(/^[!#$%&'*+\-.^_`|~\w]+$/, { error: 'is not the name of a header' })
}

/** Names of settings that are only good together: a client id and its key, for instance. */
type Way = readonly [string, ...string[]]

type ExactlyOne = {
  /** What an operator reads: `Give either A, or B with C and D.` */
  advice: string
  /** True when one way is given whole and nothing of any other. */
  isGiven(given: Readonly<Record<string, unknown>>): boolean
  /** True when nothing of any way is given. */
  isAbsent(given: Readonly<Record<string, unknown>>): boolean
  /** For zod's `refine`. It is checked even if a setting is wrong by itself, so that all problems come at once. */
  problem: { path: [string]; error: string; when: () => true }
}

/**
 * The rule that exactly one of several ways in is given, such as a token, or an app with its key. The problem is
 * reported at the setting `reportAt`.
 * @example const credential = exactlyOne({ ways: [['A_TOKEN'], ['A_ID', 'A_KEY']], reportAt: 'A_TOKEN' })
 *   const config = settings.refine(credential.isGiven, credential.problem)
 */
export function exactlyOne({ ways, reportAt }: { ways: readonly Way[]; reportAt: string }): ExactlyOne {
  const countGiven = (given: Readonly<Record<string, unknown>>, names: readonly string[]) =>
    names.filter((name) => Boolean(given[name])).length
  const advice = `Give either ${ways.map(describeWay).join(', or ')}.`
  return {
    advice,
    isGiven: (given) => {
      const whole = ways.filter((way) => countGiven(given, way) === way.length)
      return whole.length === 1 && countGiven(given, ways.flat()) === whole.flat().length
    },
    isAbsent: (given) => countGiven(given, ways.flat()) === 0,
    problem: { path: [reportAt], error: `is not the one way in: ${advice}`, when: () => true },
  }
}

function describeWay([name, ...others]: Way): string {
  return others.length === 0 ? name : `${name} with ${others.join(' and ')}`
}

/** An https address without its last slash; plain http is allowed for this machine only. */
export function vendorUrl(): z.ZodType<string, string> {
  return z
    .string()
    .refine((text) => isAllowedUrl(text), { error: 'is not an https:// address (http:// is for loopback only)' })
    .transform((text) => text.replace(/\/+$/, ''))
}

/**
 * Reads a schema's keys from the environment, by name. `prefix` renames them for a second instance
 * (`{ from: 'OKTA_', to: 'OKTA_EU_' }`). `absent` means that no required key is set.
 */
export function readSettings<S extends Settings>(
  schema: S,
  environment: Environment,
  prefix?: Prefix,
): ReadSettings<z.output<S>> {
  const rename = makeRenamer(prefix)
  const given = pickGiven(schema, (key) => environment[rename(key)])
  const required = Object.keys(schema.shape).filter((key) => !schema.shape[key]?.safeParse(undefined).success)
  if (required.length > 0 && !required.some((key) => key in given)) return { absent: true }
  // One of several keys may be required without any one of them being so.
  if (Object.keys(given).length === 0 && !schema.safeParse({}).success) return { absent: true }
  return parseGiven(schema, { given, rename })
}

/** Reads them for a caller that needs them in any case: every required key that is missing is a problem. */
export function requireSettings<S extends Settings>(
  schema: S,
  environment: Environment,
  prefix?: Prefix,
): Exclude<ReadSettings<z.output<S>>, { absent: true }> {
  const rename = makeRenamer(prefix)
  return parseGiven(schema, { given: pickGiven(schema, (key) => environment[rename(key)]), rename })
}

/** Makes the function that renames a schema's key as the instance's environment has it. */
export function makeRenamer(prefix: Prefix | undefined): (key: string) => string {
  return (key) => (prefix && key.startsWith(prefix.from) ? prefix.to + key.slice(prefix.from.length) : key)
}

/** An empty value counts as absent. */
function pickGiven(schema: Settings, textOf: (key: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => {
      const value = textOf(key)
      return value === undefined || value === '' ? [] : [[key, value]]
    }),
  )
}

type Given = { given: Record<string, string>; rename: (key: string) => string }

function parseGiven<S extends Settings>(schema: S, { given, rename }: Given) {
  const parsed = schema.safeParse(given)
  if (parsed.success) return { value: parsed.data }
  return { problems: parsed.error.issues.map((issue) => describeProblem(issue, { schema, given, rename })) }
}

/**
 * The values of a schema's secret keys, each entry of a list by itself (of a scoped one its `secret`), for the redactor
 * to hide.
 */
export function secretsOf(schema: Settings, value: Record<string, unknown>): string[] {
  return Object.entries(schema.shape)
    .filter(([, field]) => isSecret(field as z.ZodType))
    .flatMap(([key]) => value[key] ?? [])
    .map((entry) => (isRecord(entry) ? entry.secret : entry))
    .filter((entry): entry is string => typeof entry === 'string' && entry !== '')
}

// The mark may lie under `.optional()`, `.default()` or `.transform()`: the order of these calls must not expose a secret.
function isSecret(field: z.ZodType): boolean {
  if (field.meta()?.secret === true) return true
  return listInnerTypes(field).some(isSecret)
}

function findDescription(field: z.ZodType | undefined): string | undefined {
  if (field === undefined) return undefined
  return field.description ?? listInnerTypes(field).map(findDescription).find(Boolean)
}

function listInnerTypes(field: z.ZodType): z.ZodType[] {
  const { def } = field
  const inner = [Reflect.get(def, 'innerType'), Reflect.get(def, 'in'), Reflect.get(def, 'out')]
  return inner.filter((type): type is z.ZodType => type instanceof z.ZodType)
}

type IssueContext = Given & { schema: Settings }

function describeProblem(issue: z.core.$ZodIssue, { schema, given, rename }: IssueContext): Problem {
  const key = String(issue.path[0] ?? '')
  const missing = key in schema.shape && !(key in given) && issue.code === 'invalid_type'
  const fix = findDescription(schema.shape[key] as z.ZodType | undefined) ?? 'See docs/configuration.md.'
  // A text that names settings must name them as this instance reads them.
  const inOwnNames = (text: string) =>
    text.replace(/\b[A-Z][A-Z0-9_]+\b/g, (word) => (word in schema.shape ? rename(word) : word))
  return {
    setting: key ? rename(key) : 'configuration',
    what: missing ? 'is missing' : inOwnNames(describeIssue(issue)),
    fix: inOwnNames(fix),
  }
}

function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** True for names and addresses of this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

const numbers: readonly string[] = ['number', 'int', 'bigint']

/** Says what is wrong with a value in plain words, because a schema's own words speak of types. Never quotes the value. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  // Zod's message would quote keys of the value.
  if (issue.code === 'unrecognized_keys') return 'has parts that are not known'
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message
  if (issue.code === 'invalid_value') return `is not ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`
  if (issue.code === 'invalid_type')
    return numbers.includes(issue.expected) ? 'is not a number' : 'is of the wrong type'
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'is out of range'
  return 'is not one of the values that it can have'
}
