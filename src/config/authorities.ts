import type { ConfiguredConnector } from '../core/policy.ts'
import type { Problem } from '../core/settings.ts'
import { settingPrefix } from './instances.ts'

/**
 * Finds connectors for which it is not said whose people they act on. With one authority there is no doubt; with several,
 * leaving it open would let the leavers of one org into the tenant of another.
 */
export function findAuthorityProblems(connectors: readonly ConfiguredConnector[]): Problem[] {
  const authorities = connectors.filter(({ connector }) => connector.read).map(({ id }) => id)
  return connectors.flatMap(({ id, connector, config }): Problem[] => {
    if (!connector.actsFor) return []
    const named = connector.actsFor({ config })
    const setting = `${settingPrefix(id)}AUTHORITIES`
    const fix = `Name those whose people ${id} is for, such as ${setting}=${authorities.join(',')}.`
    const unknown = named.filter((one) => !authorities.includes(one))
    if (unknown.length > 0) {
      const known = authorities.join(', ') || 'none'
      return [{ setting, what: `names ${unknown.join(', ')}, and the authorities configured are: ${known}`, fix }]
    }
    if (named.length > 0 || authorities.length < 2) return []
    const why = `there are several authorities (${authorities.join(', ')}), and a leaver of one must not reach another’s tenant`
    return [{ setting, what: `is missing: ${why}`, fix }]
  })
}
