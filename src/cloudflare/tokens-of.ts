import type { Configuration } from '../config/configuration.ts'
import type { KeptTokens } from '../core/kept-tokens.ts'

/** For as long as the isolate lives; a configuration is read once in that time, see `makeReadDeployed`. */
const kept = new WeakMap<Configuration, KeptTokens>()

/** The tokens that invocations with this configuration got. Texts alone: a promise of another request is of no use. */
export function tokensOf(configuration: Configuration): KeptTokens {
  const tokens = kept.get(configuration) ?? new Map()
  kept.set(configuration, tokens)
  return tokens
}
