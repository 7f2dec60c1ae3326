import { z } from 'zod'

/**
 * What may be granted at a connector: the platform's application id → the target of the application itself, or its
 * permission values → targets. A target is the connector's own word for it, such as `role:rol_123`.
 */
export type Grantable = Readonly<Record<string, string | Readonly<Record<string, string>>>>

type GrantableOptions = {
  /** What a target looks like. */
  target: RegExp
  /** Says so in words, for whoever wrote another one. */
  error: string
}

/**
 * A setting that holds an allow-list as JSON; left out, it is empty and nothing may be granted.
 * @example grantable({ target: /^role:/, error: 'is not role:<id>' }).parse('{"crm": {"billing": "role:rol_123"}}')
 */
export function grantable({ target, error }: GrantableOptions): z.ZodType<Grantable, string | undefined> {
  const targets = z.string().regex(target)
  const applications = z.record(z.string().min(1), z.union([targets, z.record(z.string().min(1), targets)]))
  return z
    .string()
    .default('{}')
    .transform((text, context) => {
      const read = applications.safeParse(jsonOf(text))
      if (read.success) return read.data
      const [issue] = read.error.issues
      const where = issue && issue.path.length > 0 ? ` at ${issue.path.map(String).join(', ')}` : ''
      const message =
        where === ''
          ? 'is not JSON such as {"<application>": {"<permission>": "<target>"}}'
          : `has a wrong target${where}: it ${error}`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
}

/** The target of one permission (empty: of the application itself), or undefined: nobody allowed it. */
export function targetOf(
  list: Grantable,
  { application, value }: { application: string; value: string },
): string | undefined {
  const entry = own(list, application)
  if (typeof entry === 'string') return value === '' ? entry : undefined
  return entry === undefined || value === '' ? undefined : own(entry, value)
}

/** Everything that may be granted of one application, by the permission's value. */
export function targetsOf(list: Grantable, application: string): { value: string; target: string }[] {
  const entry = own(list, application)
  if (entry === undefined) return []
  if (typeof entry === 'string') return [{ value: '', target: entry }]
  return Object.entries(entry).map(([value, target]) => ({ value, target }))
}

/** A request may name `constructor` or `__proto__`: only what the list itself holds counts. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
