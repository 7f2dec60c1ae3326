import type { SubjectNames } from '../../../src/index.ts'
import type { OktaConfig } from './config.ts'

/**
 * Who the subjects of an issuer are, if the issuer is this org: its own server, or one of its custom ones. The `sub` of an
 * ID token is the user's id with both and cannot be changed, unlike the one of an access token of a custom server
 * (support.okta.com: "Sub claim limitation").
 */
export function subjectsOf({
  config,
  issuer,
}: {
  config: Pick<OktaConfig, 'OKTA_ORG_URL'>
  issuer: string
}): ((subject: string) => SubjectNames) | null {
  const rest = issuer.startsWith(config.OKTA_ORG_URL) ? issuer.slice(config.OKTA_ORG_URL.length) : null
  if (rest === null || !/^(\/oauth2\/[\w-]+)?\/?$/.test(rest)) return null
  return (subject) => (/^\w+$/.test(subject) ? { authorityId: subject } : {})
}
