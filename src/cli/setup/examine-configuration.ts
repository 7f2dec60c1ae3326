import { connectors } from '../../../connectors/index.ts'
import type { DoctorCheck } from '../../core/connector.ts'
import type { Environment, Problem } from '../../core/settings.ts'
import type { Configuration, ReadConfiguration } from '../../node/config/configuration.ts'
import { checkIds } from '../../node/config/connector-ids.ts'
import { shortSecrets } from '../../node/config/short-secrets.ts'
import { sources } from '../../sources/index.ts'
import { instancesOf } from './instances.ts'

const shortestSecret = 32

type Question = { read: ReadConfiguration; environment: Environment }

/** Everything about the settings: what is wrong, what is doubtful, what is switched off. */
export function examineConfiguration({ read, environment }: Question): DoctorCheck[] {
  if ('problems' in read) {
    const problems = read.problems.map(
      ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'problem', detail: what, fix }),
    )
    return [...problems, ...doubts(read.warnings, environment)]
  }
  const { configuration } = read
  return [
    summary(configuration),
    ...configuration.off.map(
      (id): DoctorCheck => ({ name: id, status: 'ok', detail: 'off: none of its settings is set' }),
    ),
    ...doubts(configuration.warnings, environment),
  ]
}

function summary({ sources: heard, connectors: acting, hub }: Configuration): DoctorCheck {
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join(', ')
  const detail = `mode ${hub.HUB_MODE}; hears from ${ids(heard)}; connected to ${ids(acting)}`
  return { name: 'settings', status: 'ok', detail }
}

/** What the start warns of, and then the secrets that are longer than that and short all the same. */
function doubts(warnings: readonly Problem[], environment: Environment): DoctorCheck[] {
  const told = warnings.map(
    ({ setting, what, fix }): DoctorCheck => ({ name: setting, status: 'warning', detail: what, fix }),
  )
  return [...told, ...short(environment).filter(({ name }) => !warnings.some(({ setting }) => setting === name))]
}

/** A secret that somebody chose can be guessed when it is short; whoever guesses it can speak in the sender's name. */
function short(environment: Environment): DoctorCheck[] {
  const schemas = [
    ...sources.map(({ kind, config }) => ({ kind, config })),
    ...checkIds(connectors).sound.flatMap(({ id, config }) => (config ? [{ kind: id, config }] : [])),
  ]
  const names = schemas.flatMap(({ kind, config }) =>
    instancesOf([kind], environment).flatMap((instance) =>
      shortSecrets(config, { instance, environment, shortest: shortestSecret }),
    ),
  )
  return [...new Set(names)].map((setting) => ({
    name: setting,
    status: 'warning',
    detail: `holds a secret of fewer than ${shortestSecret} characters`,
    fix: 'If you chose it: make a new one with "openssl rand -base64 32". If the vendor did, leave it.',
  }))
}
