import type { Settings } from '../../core/settings.ts'
import { type Environment, renaming, secretsOf } from '../../core/settings.ts'
import { type Instance, prefixOf } from './prefix-of.ts'

type Question = { instance: Instance; environment: Environment; shortest: number }

/** The settings of an instance, by its own names for them, that hold a secret of fewer than so many characters. */
export function shortSecrets(schema: Settings, { instance, environment, shortest }: Question): string[] {
  const rename = renaming(prefixOf(instance))
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const name = rename(key)
    const text = environment[name]
    if (!text) return []
    // A scoped secret is shorter than its entry. What cannot be parsed is reported as such; its length may be doubtful too.
    const parsed = field.safeParse(text)
    const value = parsed.success ? parsed.data : text.split(',').map((part) => part.trim())
    return secretsOf(schema, { [key]: value }).some((secret) => secret.length < shortest) ? [name] : []
  })
}
