import { inlineKinds } from '../core/access.ts'
import type { Connector } from '../core/connector.ts'
import { editDistance } from '../core/edit-distance.ts'
import { hubSettings } from '../core/hub-settings.ts'
import { inlineSettings } from '../core/policy.ts'
import type { Environment, Problem, Settings } from '../core/settings.ts'
import { makeRenamer } from '../core/settings.ts'
import { sources } from '../sources/index.ts'
import { type Instance, instancesOfKind, prefixOf, settingPrefix } from './instances.ts'
import { belongsToOtherTool } from './other-tools.ts'

/** A name that something reads: a setting, or a variable of an administrator's command. */
type KnownName = { name: string; isOptional: boolean }

type Kinds = { connectors: readonly Connector[]; instances: readonly Instance[] }

type Question = Kinds & {
  environment: Environment
  /** False (`HUB_STRICT_SETTINGS=off`): nothing is refused. */
  strict: boolean
}

/**
 * Finds names that begin as settings do and are none: such a one has no effect, and would have no message. One letter off
 * an optional setting that is not set, it is refused: a brake or a filter that somebody set would not be there. Any other
 * is a warning, because other tools share our prefixes.
 */
export function findUnknownSettings({ environment, strict, ...kinds }: Question): {
  problems: Problem[]
  warnings: Problem[]
} {
  const all = listKnown(kinds)
  const known = new Set(all.map(({ name }) => name))
  const prefixes = listPrefixes(kinds)
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const [setting, value] of Object.entries(environment)) {
    if (!value || known.has(setting) || belongsToOtherTool(setting)) continue
    const own = prefixes.filter((prefix) => setting.startsWith(prefix))
    const near = all.filter(({ name }) => !environment[name] && isNear(setting, name))
    const meant = near.find(({ name, isOptional }) => isOptional && own.some((prefix) => name.startsWith(prefix)))
    const guess = meant ?? near[0] ?? findUnprefixed(setting, all)
    if (own.length === 0 && guess === undefined) continue
    if (meant && strict) problems.push(describeUnknown(setting, meant, otherwise.strict))
    else warnings.push(describeUnknown(setting, guess, otherwise.lenient))
  }
  return { problems, warnings }
}

const otherwise = {
  strict: 'If it belongs to another tool, set HUB_STRICT_SETTINGS=off.',
  lenient: 'If it belongs to another tool, leave it.',
}

function describeUnknown(setting: string, meant: KnownName | undefined, rest: string): Problem {
  if (!meant) {
    const fix = `See docs/configuration.md for the names, and correct or remove it. ${otherwise.lenient}`
    return { setting, what: 'is not a setting that this version knows', fix }
  }
  const what = `is not a setting that this version knows: did you mean ${meant.name}?`
  return { setting, what, fix: `Rename it to ${meant.name}, or remove it. ${rest}` }
}

/** Names without an underscore, such as PORT, are too short to be looked for in everything that an environment holds. */
function isNear(setting: string, name: string): boolean {
  return name.includes('_') && Math.abs(setting.length - name.length) <= 1 && editDistance(setting, name) === 1
}

/** A few of the hub's own settings have no prefix, such as HOST, and are looked for under the one that all others have. */
function findUnprefixed(setting: string, all: readonly KnownName[]): KnownName | undefined {
  return all.find(({ name }) => setting === `HUB_${name}`)
}

function listPrefixes({ connectors, instances }: Kinds): string[] {
  const kinds = [...sources.map(({ kind }) => kind), ...connectors.map(({ id }) => id)]
  const ids = kinds.flatMap((kind) => instancesOfKind(kind, instances)).map(({ id }) => id)
  return [...new Set(['HUB_', ...ids.map(settingPrefix)])]
}

/** Every name that this hub reads, as each instance has it. Of a name with two readers one suffices that requires it. */
function listKnown({ connectors, instances }: Kinds): KnownName[] {
  const names = new Map<string, KnownName>()
  const add = (schema: Settings | undefined, rename: (key: string) => string) => {
    for (const [key, field] of Object.entries(schema?.shape ?? {})) {
      const name = rename(key)
      const isOptional = field.safeParse(undefined).success && names.get(name)?.isOptional !== false
      names.set(name, { name, isOptional })
    }
  }
  add(hubSettings, (key) => key)
  for (const { kind, config } of sources) {
    for (const instance of instancesOfKind(kind, instances)) add(config, makeRenamer(prefixOf(instance)))
  }
  for (const { id: kind, config, commands, ...members } of connectors) {
    for (const instance of instancesOfKind(kind, instances)) {
      const rename = makeRenamer(prefixOf(instance))
      add(config, rename)
      if (inlineKinds.some((each) => members[each] !== undefined)) add(inlineSettings(instance.id), (key) => key)
      for (const variable of Object.values(commands ?? {}).flatMap(({ variables = [] }) => variables)) {
        names.set(rename(variable), { name: rename(variable), isOptional: false })
      }
    }
  }
  return [...names.values()]
}
