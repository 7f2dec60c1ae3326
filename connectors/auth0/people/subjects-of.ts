import type { SubjectNames } from '../../../src/index.ts'
import type { Auth0Config } from '../tenant/config.ts'

type Tenant = Pick<Auth0Config, 'AUTH0_DOMAIN' | 'AUTH0_BASE_URL' | 'AUTH0_OKTA_CONNECTIONS'>

/**
 * Who the subjects of an issuer are, if the issuer is this tenant. A subject is a user's id. In a connection that the
 * operator named as Okta's, of the strategies `okta` and `oidc`, it names the Okta id too; of `samlp` it names a login,
 * which says no more than an e-mail.
 */
export function subjectsOf({
  config,
  issuer,
}: {
  config: Tenant
  issuer: string
}): ((subject: string) => SubjectNames) | null {
  const origin = config.AUTH0_BASE_URL ?? `https://${config.AUTH0_DOMAIN.toLowerCase()}`
  if (issuer.replace(/\/$/, '') !== origin) return null
  return (subject) => {
    const [, connection, name] = /^(?:okta|oidc)\|([^|]+)\|(\w+)$/.exec(subject) ?? []
    const isOkta = connection !== undefined && config.AUTH0_OKTA_CONNECTIONS.includes(connection)
    return { user: subject, ...(isOkta && name !== undefined ? { authorityId: name } : {}) }
  }
}
