import { connectors } from '../../connectors/index.ts'
import type { DoctorCheck, Settings } from '../core/connector.ts'
import { type Environment, secretsOf } from '../core/settings.ts'
import type { Configuration, ReadConfiguration } from '../node/configuration.ts'
import { prefixOf } from '../node/configuration.ts'
import { sources } from '../sources/index.ts'
import { instancesOf } from './instances.ts'

const shortestSecret = 32

type Question = { read: ReadConfiguration; environment: Environment }

/** Everything about the settings: what is wrong, what is doubtful, what is switched off. */
export function examineConfiguration({ read, environment }: Question): DoctorCheck[] {
  if ('problems' in read) {
    const problems = read.problems.map(
      ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'problem', detail: what, fix }),
    )
    return [...problems, ...shortSecrets(environment)]
  }
  const { configuration } = read
  return [
    summary(configuration),
    ...configuration.warnings.map(
      ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'warning', detail: what, fix }),
    ),
    ...configuration.off.map(
      (id): DoctorCheck => ({ name: id, status: 'ok', detail: 'off: none of its settings is set' }),
    ),
    ...shortSecrets(environment),
  ]
}

function summary({ sources: heard, connectors: acting, hub }: Configuration): DoctorCheck {
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join(', ')
  const detail = `mode ${hub.HUB_MODE}; hears from ${ids(heard)}; connected to ${ids(acting)}`
  return { name: 'settings', status: 'ok', detail }
}

/** A secret that somebody chose can be guessed when it is short; whoever guesses it can speak in the sender's name. */
function shortSecrets(environment: Environment): DoctorCheck[] {
  const schemas = [
    ...sources.map(({ kind, config }) => ({ kind, config })),
    ...connectors.flatMap(({ id, config }) => (config ? [{ kind: id, config }] : [])),
  ]
  const short = schemas.flatMap(({ kind, config }) =>
    instancesOf([kind], environment).flatMap((instance) => shortIn(config, { instance, environment })),
  )
  return [...new Set(short)].map((setting) => ({
    name: setting,
    status: 'warning',
    detail: `holds a secret of fewer than ${shortestSecret} characters`,
    fix: 'If you chose it: make a new one with "openssl rand -base64 32". If the vendor did, leave it.',
  }))
}

function shortIn(
  config: Settings,
  { instance, environment }: { instance: { id: string; kind: string }; environment: Environment },
): string[] {
  const { from, to } = prefixOf(instance)
  return Object.keys(config.shape).flatMap((key) => {
    const name = key.startsWith(from) ? to + key.slice(from.length) : key
    const parts = (environment[name] ?? '').split(',').map((part) => part.trim())
    // The schema knows which keys are secrets; the values are the environment's.
    const secrets = secretsOf(config, { [key]: parts })
    return secrets.some((secret) => secret.length < shortestSecret) ? [name] : []
  })
}
