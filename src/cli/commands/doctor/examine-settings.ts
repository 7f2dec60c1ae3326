import type { Configuration, ReadConfiguration } from '../../../config/configuration.ts'
import { findShortSecrets, instancesOf } from '../../../config/instances.ts'
import { inlineKinds } from '../../../core/access.ts'
import type { Connector, DoctorCheck } from '../../../core/connector.ts'
import { matchesPattern } from '../../../core/event.ts'
import type { ConfiguredConnector } from '../../../core/policy.ts'
import type { Environment, Problem } from '../../../core/settings.ts'
import type { ConfiguredInline, ConfiguredSource } from '../../../sources/index.ts'
import { eventsScope, type Scope, sources } from '../../../sources/index.ts'

const shortestSecret = 32

type Question = { read: ReadConfiguration; environment: Environment }

/** Everything about the settings: what is wrong, what is doubtful, what is switched off. */
export function examineConfiguration({ read, environment }: Question): DoctorCheck[] {
  if ('problems' in read) {
    const problems = read.problems.map(
      ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'problem', detail: what, fix }),
    )
    return [...problems, ...listDoubts(read.warnings, environment)]
  }
  const { configuration } = read
  return [summarise(configuration), ...listOff(configuration), ...listDoubts(configuration.warnings, environment)]
}

function summarise({ sources: heard, connectors: acting, hub }: Configuration): DoctorCheck {
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join(', ')
  const detail = `mode ${hub.HUB_MODE}; hears from ${ids(heard)}; connected to ${ids(acting)}`
  return { name: 'settings', status: 'ok', detail }
}

/** Connectors that are off are no fault, but a hub whose alerts go nowhere fails in silence. */
export function listOff({ off, connectors: acting }: Pick<Configuration, 'off' | 'connectors'>): DoctorCheck[] {
  const isSilent = !acting.some(hearsAlerts)
  const others = isSilent ? off.filter((id) => id !== 'alerts') : off
  const checks: DoctorCheck[] = []
  if (others.length > 0) {
    checks.push({ name: 'off', status: 'ok', detail: `${others.join(', ')}: none of the required settings is set` })
  }
  if (!isSilent) return checks
  const detail = 'off: nobody is told when a lockout does not get on, a connector is paused, or the brake stops people'
  const fix = 'Set HUB_ALERT_URL and HUB_ALERT_SECRET: see connectors/alerts/README.md. Or let Slack tell hub.alert.*.'
  return [...checks, { name: 'alerts', status: 'warning', detail, fix }]
}

const anAlert = 'hub.alert.stuck'

function hearsAlerts({ connector, config }: ConfiguredConnector): boolean {
  const isNamed = Object.keys(connector.on ?? {}).some((pattern) => matchesPattern({ pattern, type: anAlert }))
  return isNamed && connector.hears?.({ config, type: anAlert }) !== false
}

/** What the start warns of, and then the secrets that are longer than that and short all the same. */
function listDoubts(warnings: readonly Problem[], environment: Environment): DoctorCheck[] {
  const told = warnings.map(
    ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'warning', detail: what, fix }),
  )
  return [
    ...told,
    ...listShortSecrets(environment).filter(({ name }) => !warnings.some(({ setting }) => setting === name)),
  ]
}

/**
 * A short secret of a hook can be guessed, and a caller who guesses it can send hooks in the sender's name. How long
 * the hub's own credentials are is for the vendors to say, who make them.
 */
function listShortSecrets(environment: Environment): DoctorCheck[] {
  const names = sources.flatMap(({ kind, config }) =>
    instancesOf([kind], environment).flatMap((instance) =>
      findShortSecrets(config, { instance, environment, shortest: shortestSecret }),
    ),
  )
  return [...new Set(names)].map((setting) => ({
    name: setting,
    status: 'warning',
    detail: `holds a secret of fewer than ${shortestSecret} characters`,
    fix: 'If you chose it: make a new one with "openssl rand -base64 32". If the vendor did, leave it.',
  }))
}

type Asking = ConfiguredSource & { inline: ConfiguredInline }

/** What each inline hook must show, who can open what, and what may be granted, by the settings alone. */
export function examineInline({ sources, connectors }: Pick<Configuration, 'sources' | 'connectors'>): DoctorCheck[] {
  return sources
    .filter(isPlatform)
    .flatMap((source) => [
      ...source.inline.explain().map((detail): DoctorCheck => ({ name: source.id, status: 'ok', detail })),
      ...connectors.flatMap((one) => explainProofs(source, one)),
      ...connectors.flatMap((one) => warnOfEmptyList(source, one)),
      ...source.inline.scopes().flatMap((scope) => warnOfScope(source, { scope, connectors })),
    ])
}

function isPlatform(source: ConfiguredSource): source is Asking {
  return source.inline !== undefined
}

function kindsOf(connector: Connector) {
  return inlineKinds.filter((kind) => connector[kind] !== undefined)
}

/** One line for a connector of which at least one hook is open. */
function explainProofs({ id, inline }: Asking, { id: connectorId, connector }: ConfiguredConnector): DoctorCheck[] {
  const words = kindsOf(connector).map((kind) => {
    const { secret, signature } = inline.proof({ connector: connectorId, kind })
    const needs = secret && signature ? 'secret and signature' : secret ? 'secret' : signature ? 'signature' : null
    return { kind, needs }
  })
  if (words.every(({ needs }) => needs === null)) return []
  const detail = words.map(({ kind, needs }) => `${kind} ${needs ? `needs ${needs}` : 'accepts no call'}`).join('; ')
  return [{ name: `/hooks/${id}/${connectorId}`, status: 'ok', detail }]
}

/** With an empty allow-list every provision is refused, although the platform has a secret for it. */
function warnOfEmptyList(
  { id, inline }: Asking,
  { id: connectorId, connector, config }: ConfiguredConnector,
): DoctorCheck[] {
  const list = connector.provision && connector.grants?.({ config })
  const { secret, signature } = inline.proof({ connector: connectorId, kind: 'provision' })
  if (!list || Object.keys(list).length > 0 || !(secret || signature)) return []
  return [
    {
      name: `/hooks/${id}/${connectorId}/provision`,
      status: 'warning',
      detail: `${connectorId} may grant nothing: its allow-list is empty, and every provision is refused`,
      fix: `Set ${connectorId.toUpperCase().replaceAll('-', '_')}_GRANTS: see connectors/${connector.id}/README.md. Or take the secret away.`,
    },
  ]
}

type Doubt = { scope: Scope; connectors: readonly ConfiguredConnector[] }

function warnOfScope({ id }: Asking, { scope, connectors }: Doubt): DoctorCheck[] {
  if (scope.connector === eventsScope.connector) return []
  const name = `a secret of ${id} for ${scope.connector}/${scope.kind}`
  if (scope.connector === '*' && scope.kind === '*') {
    const detail = 'opens every hook of every connector: a sender that may only ask a question can grant with it'
    const fix = 'Give each connector and kind a secret of its own: <connector>/<kind>:<secret>.'
    return [{ name, status: 'warning', detail, fix }]
  }
  if (scope.connector === '*') return []
  const found = connectors.find((one) => one.id === scope.connector)
  if (!found) {
    const detail = `${scope.connector} is off, or there is no such connector: its hooks are answered 404`
    const fix = 'See "npm run hub -- connectors", then mend the name, switch it on, or take the secret away.'
    return [{ name, status: 'warning', detail, fix }]
  }
  const kinds = kindsOf(found.connector)
  if (scope.kind === '*' || kinds.some((kind) => kind === scope.kind)) return []
  const serves = kinds.length > 0 ? `it serves ${kinds.join(', ')}` : 'it serves no inline hooks'
  const detail = `${scope.connector} does not serve ${scope.kind}: ${serves}`
  return [{ name, status: 'warning', detail, fix: 'Mend the scope, or take the secret away.' }]
}
