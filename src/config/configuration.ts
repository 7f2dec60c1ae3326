import { inlineKinds } from '../core/access.ts'
import type { Connector } from '../core/connector.ts'
import { type HubSettings, hubSettings, makeSettingsError } from '../core/hub-settings.ts'
import type { ConfiguredConnector } from '../core/policy.ts'
import { inlineSettings, readInlinePolicy } from '../core/policy.ts'
import { declareSecret } from '../core/redact.ts'
import type { Settings } from '../core/settings.ts'
import { type Environment, type Problem, readSettings, secretsOf } from '../core/settings.ts'
import { type ConfiguredSource, configureSource, sources as knownSources } from '../sources/index.ts'
import { findAuthorityProblems } from './authorities.ts'
import { checkIds, findInstanceProblems } from './connector-ids.ts'
import { findShortSecrets, type Instance, instancesOfKind, prefixOf } from './instances.ts'
import { findUnknownSettings } from './unknown-settings.ts'

export type Configuration = {
  hub: HubSettings
  sources: ConfiguredSource[]
  connectors: ConfiguredConnector[]
  /** Connectors that are installed but not configured. */
  off: string[]
  /** Every secret value, to be hidden in logs. */
  secrets: string[]
  warnings: Problem[]
}

/** Warnings do not stop the start; they are reported beside the problems that do. */
export type ReadConfiguration = { configuration: Configuration } | { problems: Problem[]; warnings: Problem[] }

/** Reads the whole environment, and reports everything that is wrong with it at once. */
export function readConfiguration(environment: Environment, installed: readonly Connector[]): ReadConfiguration {
  const { sound, wrong } = checkIds(installed)
  const reader = makeReader(environment)
  const { problems, secrets } = reader
  problems.push(...wrong.map(({ problem }) => problem))
  const hub = reader.read<HubSettings>(hubSettings)
  const instances = hub?.HUB_INSTANCES ?? []
  problems.push(...findUnknownKinds(instances, sound), ...findInstanceProblems(instances, sound))
  problems.push(...findUnknownPaces(hub, { instances, connectors: sound }))
  const before = problems.length
  const sources = configureSources(reader, instances)
  const { connectors, off } = configureConnectors(reader, {
    installed: sound,
    instances,
    paces: hub?.HUB_CALLS_PER_SECOND ?? {},
  })
  if (problems.length === before) problems.push(...findLacking({ sources, connectors }))
  const unknown = findUnknownSettings({ environment, connectors: sound, instances, strict: isStrict(environment) })
  problems.push(...unknown.problems)
  const unique = [...new Map(problems.map((problem) => [`${problem.setting} ${problem.what}`, problem])).values()]
  const warnings = [...unknown.warnings, ...findShortHookSecrets(environment, instances), ...findIdlePooler(hub)]
  if (unique.length > 0 || !hub) {
    const isWrong = (setting: string) => unique.some((problem) => problem.setting === setting)
    return { problems: unique, warnings: warnings.filter(({ setting }) => !isWrong(setting)) }
  }
  return { configuration: { hub, sources, connectors, off, secrets, warnings } }
}

/** Read by itself: a mistake in another setting of the hub must not make it strict. */
function isStrict(environment: Environment): boolean {
  return hubSettings.shape.HUB_STRICT_SETTINGS.safeParse(environment.HUB_STRICT_SETTINGS || undefined).data !== 'off'
}

/** Reads one schema after another, and collects what is wrong and what is secret. */
type Reader = {
  problems: Problem[]
  secrets: string[]
  /** Null when the settings are wrong, or none of them is set. */
  read<T extends Record<string, unknown>>(schema: Settings, instance?: Instance): T | null
}

function makeReader(environment: Environment): Reader {
  const problems: Problem[] = []
  const secrets: string[] = []
  return {
    problems,
    secrets,
    read<T extends Record<string, unknown>>(schema: Settings, instance?: Instance) {
      const result = readSettings(schema, environment, instance && prefixOf(instance))
      if ('problems' in result) problems.push(...result.problems)
      if (!('value' in result)) return null
      const found = secretsOf(schema, result.value)
      secrets.push(...found)
      for (const secret of found) declareSecret(secret)
      return result.value as T
    },
  }
}

function configureSources(reader: Reader, instances: readonly Instance[]): ConfiguredSource[] {
  return knownSources.flatMap((source) =>
    instancesOfKind(source.kind, instances).flatMap((instance) => {
      const config = reader.read(source.config, instance)
      return config ? [configureSource(source, { id: instance.id, config: config as never })] : []
    }),
  )
}

type Kinds = {
  installed: readonly Connector[]
  instances: readonly Instance[]
  paces: Readonly<Record<string, number>>
}

function configureConnectors(reader: Reader, { installed, instances, paces }: Kinds) {
  const off: string[] = []
  const connectors = installed.flatMap((connector) =>
    instancesOfKind(connector.id, instances).flatMap((instance): ConfiguredConnector[] => {
      const config = connector.config ? reader.read<Record<string, unknown>>(connector.config, instance) : {}
      if (!config) {
        off.push(instance.id)
        return []
      }
      const { id } = instance
      const stated = paces[id] === undefined ? {} : { callsPerSecond: paces[id] }
      return [{ id, connector, config, ...readInline(reader, id, connector), ...stated }]
    }),
  )
  return { connectors, off }
}

function readInline(reader: Reader, id: string, connector: Connector): Pick<ConfiguredConnector, 'inline'> {
  if (!servesInline(connector)) return {}
  const settings = reader.read<Record<string, unknown>>(inlineSettings(id))
  return settings ? { inline: readInlinePolicy(id, settings) } : {}
}

/** The configuration of a command that cannot run without. @throws UsageError with every setting that is wrong */
export function requireConfiguration(environment: Environment, connectors: readonly Connector[]): Configuration {
  const read = readConfiguration(environment, connectors)
  if ('configuration' in read) return read.configuration
  throw makeSettingsError(read.problems)
}

function findUnknownKinds(instances: readonly Instance[], connectors: readonly Connector[]): Problem[] {
  const kinds = new Set([...knownSources.map(({ kind }) => kind), ...connectors.map(({ id }) => id)])
  return instances
    .filter(({ kind }) => !kinds.has(kind))
    .map(({ id, kind }) => ({
      setting: 'HUB_INSTANCES',
      what: `asks for ${id}, an instance of the unknown kind ${kind}`,
      fix: `Known kinds: ${[...kinds].sort().join(', ')}.`,
    }))
}

/** A pace under a wrong name would pace nothing. */
function findUnknownPaces(
  hub: HubSettings | null,
  { instances, connectors }: { instances: readonly Instance[]; connectors: readonly Connector[] },
): Problem[] {
  const ids = new Set([...connectors.map(({ id }) => id), ...instances.map(({ id }) => id)])
  return Object.keys(hub?.HUB_CALLS_PER_SECOND ?? {})
    .filter((id) => !ids.has(id))
    .map((id) => ({
      setting: 'HUB_CALLS_PER_SECOND',
      what: `names ${id}, which is no connector`,
      fix: `Those that are: ${[...ids].sort().join(', ')}.`,
    }))
}

type Lacking = { sources: readonly ConfiguredSource[]; connectors: readonly ConfiguredConnector[] }

/** The embedded database is reached over its socket, without a pooler. */
function findIdlePooler(hub: HubSettings | null): Problem[] {
  if (!hub?.HUB_DATABASE_POOLER || hub.DATABASE_URL) return []
  const fix = 'Take it away, or set DATABASE_URL to the address of the pooler.'
  return [{ setting: 'HUB_DATABASE_POOLER', what: 'means nothing to the embedded database', fix }]
}

/** Settings that are right one by one may still make no hub: without a source, or with no connector that acts. */
function findLacking({ sources, connectors }: Lacking): Problem[] {
  const problems: Problem[] = []
  if (sources.length === 0) {
    problems.push({
      setting: 'OKTA_ORG_URL',
      what: 'is missing: no source is configured',
      fix: 'Set OKTA_ORG_URL, OKTA_HOOK_SECRETS and OKTA_API_TOKEN: see docs/connect-okta.md.',
    })
  }
  if (!connectors.some(({ connector }) => actsOnOthers(connector))) {
    problems.push({
      setting: 'AUTH0_DOMAIN',
      what: 'is missing: no connector would act',
      fix: 'Set AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET: see docs/connect-auth0.md.',
    })
  }
  problems.push(...findAuthorityProblems(connectors))
  for (const { id, inline } of sources) {
    if (inline) {
      problems.push(...findMissingAuthority({ id, authority: inline.authority, connectors }))
      continue
    }
    if (connectors.some((one) => one.id === id && one.connector.read)) continue
    problems.push({
      setting: id.toUpperCase(),
      what: `has hooks, but nobody to ask for a person's true state`,
      fix: `Configure the connector ${id} too.`,
    })
  }
  return problems
}

type Authority = { id: string; authority: string; connectors: readonly ConfiguredConnector[] }

/** A platform asks for access by e-mail, so an authority must say whose e-mail it is. */
function findMissingAuthority({ id, authority, connectors }: Authority): Problem[] {
  if (connectors.some((one) => one.id === authority && one.connector.holders)) return []
  return [
    {
      setting: `${id.toUpperCase()}_AUTHORITY`,
      what: `is ${authority}, which is not configured or cannot say who has an e-mail`,
      fix: `Configure the connector ${authority}, or name another one.`,
    },
  ]
}

/** True for a connector at which access can be asked for. */
function servesInline(connector: Connector): boolean {
  return inlineKinds.some((kind) => connector[kind] !== undefined)
}

/** False for a connector that only passes the hub's own events on, such as alerts. */
function actsOnOthers(connector: Connector): boolean {
  const { sync, on } = connector
  if (sync !== undefined || servesInline(connector)) return true
  return Object.keys(on ?? {}).some((pattern) => !pattern.startsWith('hub.'))
}

/** A caller who guesses the secret of a hook can send hooks in the sender's name. */
const shortestHookSecret = 16

function findShortHookSecrets(environment: Environment, instances: readonly Instance[]): Problem[] {
  const short = knownSources.flatMap(({ kind, config }) =>
    instancesOfKind(kind, instances).flatMap((instance) =>
      findShortSecrets(config, { instance, environment, shortest: shortestHookSecret }),
    ),
  )
  return [...new Set(short)].map((setting) => ({
    setting,
    what: `holds a secret of fewer than ${shortestHookSecret} characters, which can be guessed`,
    fix: 'Make a new one with "openssl rand -base64 32". One of fewer than 8 is not even hidden in the log.',
  }))
}
