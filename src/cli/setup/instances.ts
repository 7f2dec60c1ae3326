import { hubSettings } from '../../core/hub-settings.ts'
import { type Environment, renaming } from '../../core/settings.ts'
import { type Instance, prefixOf } from '../../node/config/prefix-of.ts'

export type { Instance } from '../../node/config/prefix-of.ts'

/** The instances of the given kinds: each kind under its own name, and what HUB_INSTANCES adds. */
export function instancesOf(kinds: readonly string[], environment: Environment): Instance[] {
  // Read by itself: a mistake in another setting of the hub is nothing to a vendor's command.
  const further = hubSettings.shape.HUB_INSTANCES.safeParse(environment.HUB_INSTANCES || undefined).data ?? []
  return [...kinds.map((kind) => ({ id: kind, kind })), ...further.filter(({ kind }) => kinds.includes(kind))]
}

/** A setting under its vendor's usual name, as this instance reads it. */
export function settingOf(instance: Instance, environment: Environment): (name: string) => string | undefined {
  const rename = renaming(prefixOf(instance))
  return (name) => environment[rename(name)]
}
