import { type Configuration, readConfiguration } from '../config/configuration.ts'
import type { Connector } from '../core/connector.ts'
import type { Problem } from '../core/settings.ts'
import { type Bindings, readBindings, type WorkerEnvironment } from './bindings.ts'
import { makeConsoleLog } from './console-log.ts'

/** What a Worker was deployed with, or everything that is wrong with it. */
export type Deployed = { configuration: Configuration; bindings: Bindings } | { problems: readonly Problem[] }

/**
 * Makes what reads a Worker's environment, once in the life of an isolate for each environment. Of what
 * is kept from one request to the next, this is all but texts of secrets: an isolate that begins anew reads it again.
 */
export function makeReadDeployed(connectors: readonly Connector[]): (env: WorkerEnvironment) => Deployed {
  const known = new WeakMap<WorkerEnvironment, Deployed>()
  return (env) => {
    const deployed = known.get(env) ?? readDeployed(env, connectors)
    known.set(env, deployed)
    return deployed
  }
}

function readDeployed(env: WorkerEnvironment, connectors: readonly Connector[]): Deployed {
  const { bindings, environment, problems } = readBindings(env)
  const read = readConfiguration(environment, connectors)
  const { warnings } = 'configuration' in read ? read.configuration : read
  const all = 'problems' in read ? [...problems, ...read.problems] : problems
  const log = makeConsoleLog({ level: 'info' })
  for (const { setting, what, fix } of warnings) log.warn({ setting, fix }, `${setting} ${what}`)
  for (const { setting, what, fix } of all) log.error({ setting, fix }, `${setting} ${what}`)
  return 'configuration' in read && bindings ? { configuration: read.configuration, bindings } : { problems: all }
}
