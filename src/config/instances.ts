import { hubSettings } from '../core/hub-settings.ts'
import type { Settings } from '../core/settings.ts'
import { type Environment, makeRenamer, secretsOf } from '../core/settings.ts'

/** A source or connector under a name of its own: `okta_eu` of the kind `okta`. The first instance is named like its kind. */
export type Instance = { id: string; kind: string }

/** What the names of a connector's settings begin with: `TIME_CLOCK_` for `time-clock`. */
export function settingPrefix(id: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_`
}

/** `OKTA_ORG_URL` is read from `OKTA_EU_ORG_URL` for the instance `okta_eu` of the kind `okta`. */
export function prefixOf({ id, kind }: Instance): { from: string; to: string } {
  return { from: settingPrefix(kind), to: settingPrefix(id) }
}

/** A kind under its own name, and its further instances. */
export function instancesOfKind(kind: string, further: readonly Instance[]): Instance[] {
  return [{ id: kind, kind }, ...further.filter((one) => one.kind === kind)]
}

/**
 * The instances of several kinds, kinds first, for a command that needs no other setting. HUB_INSTANCES is parsed by
 * itself: a mistake in another setting of the hub does not stop a vendor's command, and a wrong list counts as empty.
 */
export function instancesOf(kinds: readonly string[], environment: Environment): Instance[] {
  const further = hubSettings.shape.HUB_INSTANCES.safeParse(environment.HUB_INSTANCES || undefined).data ?? []
  return [...kinds.map((kind) => ({ id: kind, kind })), ...further.filter(({ kind }) => kinds.includes(kind))]
}

/** Reads settings by the vendor's usual names, from the variables of this instance. */
export function settingOf(instance: Instance, environment: Environment): (name: string) => string | undefined {
  const rename = makeRenamer(prefixOf(instance))
  return (name) => environment[rename(name)]
}

type SecretLength = { instance: Instance; environment: Environment; shortest: number }

/** The names of the instance's settings that hold a secret of fewer than `shortest` characters. */
export function findShortSecrets(schema: Settings, { instance, environment, shortest }: SecretLength): string[] {
  const rename = makeRenamer(prefixOf(instance))
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const name = rename(key)
    const text = environment[name]
    if (!text) return []
    // A scoped secret is shorter than its entry. A text that does not parse is measured too: its parse error is
    // reported elsewhere.
    const parsed = field.safeParse(text)
    const value = parsed.success ? parsed.data : text.split(',').map((part) => part.trim())
    return secretsOf(schema, { [key]: value }).some((secret) => secret.length < shortest) ? [name] : []
  })
}
