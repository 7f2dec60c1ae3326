import { foldEmail, type Person, sameEmail } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'

/** An identity that an enterprise connection gave a user: `<strategy>|<connection>|<name at the identity provider>`. */
type EnterpriseIdentity = { strategy: string; connection: string; name: string }

/** The strategies of connections that Okta can feed. Of the first two the name is Okta's id; of SAML it is the NameID. */
export const oktaStrategies = ['okta', 'oidc', 'samlp'] as const

/** A user's enterprise identities, the primary one first. In `identities` the strategy stands apart, in `provider`. */
export function listEnterpriseIdentities(user: Auth0User): EnterpriseIdentity[] {
  const ids = [user.user_id, ...user.identities.map(({ provider, user_id }) => `${provider}|${user_id}`)]
  return [...new Set(ids)].flatMap((id) => {
    const [, strategy, connection, name] = /^([^|]+)\|([^|]+)\|(.+)$/s.exec(id) ?? []
    return strategy && connection && name ? [{ strategy, connection, name }] : []
  })
}

/**
 * Okta ids of the people whose identities a user has, the primary one first. An identity is proof only in a connection
 * that the operator named as Okta's: of the strategies `okta` and `oidc` it names the Okta id, of `samlp` the login that
 * the person has now. Another id in an `okta` connection that nobody named still says that the user is another's.
 */
export function listOktaOwners(user: Auth0User, person: Person, config: Auth0Config): string[] {
  const owners = listEnterpriseIdentities(user).flatMap(({ strategy, connection, name }) => {
    if (!config.AUTH0_OKTA_CONNECTIONS.includes(connection)) {
      return strategy === 'okta' && name !== person.authorityId ? [name] : []
    }
    if (strategy === 'okta' || strategy === 'oidc') return [name]
    return strategy === 'samlp' && isNameOf(name, person) ? [person.authorityId] : []
  })
  return [...new Set(owners)]
}

/** SAML names in the operator's connections: with a login that the person had before, they say as much as an e-mail. */
export function listSamlNames(user: Auth0User, config: Auth0Config): string[] {
  return listEnterpriseIdentities(user).flatMap(({ strategy, connection, name }) =>
    strategy === 'samlp' && config.AUTH0_OKTA_CONNECTIONS.includes(connection) ? [name] : [],
  )
}

/** The connections of a user that Okta may feed and that the operator has not named. */
export function listUnnamedConnections(user: Auth0User, config: Auth0Config): string[] {
  const found = listEnterpriseIdentities(user).filter(
    ({ strategy, connection }) =>
      oktaStrategies.some((one) => one === strategy) && !config.AUTH0_OKTA_CONNECTIONS.includes(connection),
  )
  return [...new Set(found.map(({ connection }) => connection))]
}

/**
 * The ids that the person's users have in the operator's connections. Which strategy a connection has is not asked: an
 * id that does not exist costs one read, and a connection that was made anew with another strategy is found all the same.
 */
export function listEnterpriseIds(person: Person, config: Auth0Config): string[] {
  return config.AUTH0_OKTA_CONNECTIONS.flatMap((connection) => [
    `okta|${connection}|${person.authorityId}`,
    `oidc|${connection}|${person.authorityId}`,
    ...listNames(person).map((name) => `samlp|${connection}|${name}`),
  ])
}

/** The same, as `identities.user_id` has it: without the strategy. It finds them as linked secondary identities. */
export function listIdentityIds(person: Person, config: Auth0Config): string[] {
  return config.AUTH0_OKTA_CONNECTIONS.flatMap((connection) =>
    [person.authorityId, ...listNames(person)].map((name) => `${connection}|${name}`),
  )
}

/** Whether a NameID is the person's now: their Okta id, or a login that the authority gives them at present. */
export function isNameOf(name: string, { authorityId, state }: Person): boolean {
  return name === authorityId || state.logins.some((login) => sameEmail(login, name))
}

/** Every login in every spelling that the authority has, and folded: whether Auth0 minds the letter case is not known. */
function listNames({ logins, spellings }: Person): string[] {
  const names = logins.flatMap((login) => [
    login,
    ...spellings.filter((one) => sameEmail(one, login)),
    foldEmail(login),
  ])
  return [...new Set(names)]
}
