/**
 * Refuses a login when the hub, or an older tool, has flagged the person as deactivated, and stops honouring access
 * whose end the hub has noted, also while the hub is down.
 *
 * Runs at every login, at silent login and at each refresh-token exchange. It is closed on the flag and open on its own
 * bugs: an exception here would lock everybody out (an uncaught one is `access_denied`). It imports nothing.
 * The secret METADATA_KEY names the hub's key in the metadata when it is not `okta`; its notes of ends are under the
 * same key with `_grants` behind it. The secret ROLES_CLAIM names a claim for the person's roles: Auth0 puts none into
 * tokens by itself (Auth0 docs: "Add user roles to tokens").
 */
const DEFAULT_KEY = 'okta'

// Auth0 may show it to the person, so it says nothing about why.
const REASON = 'Your account is not active. Please contact your administrator.'

exports.onExecutePostLogin = async (event, api) => {
  const key = metadataKey(event)
  // app_metadata is the truth: users can write their own user_metadata, so a flag there may only close.
  const isDeactivated =
    isFlagged(() => event.user.app_metadata[key].deactivated) ||
    isFlagged(() => event.user.user_metadata[key].deactivated)
  if (isDeactivated) {
    endSession(event, api)
    // One argument: with two, the first is what the person reads. A failure here may surface, because it denies as well.
    return api.access.deny(REASON)
  }

  const over = overEntries(event, key)
  const organization = attempt(() => event.organization.id)
  // The session stays: the person may still log in elsewhere.
  if (over.some((entry) => isMembership(entry, organization))) return api.access.deny(REASON)
  attempt(() => writeRoles(event, api, { over, organization }))
}

function metadataKey(event) {
  const key = attempt(() => event.secrets.METADATA_KEY)
  return typeof key === 'string' && key !== '' ? key : DEFAULT_KEY
}

function isFlagged(read) {
  const value = attempt(read)
  return value === true || value === 'true'
}

/** The hub's notes whose end has come. What is no note of an end counts as none: an entry without one has no end. */
function overEntries(event, key) {
  const entries = attempt(() => event.user.app_metadata[`${key}_grants`])
  const now = Date.now()
  const found = attempt(() =>
    entries.filter((entry) =>
      isPast(
        attempt(() => entry.until),
        now,
      ),
    ),
  )
  return Array.isArray(found) ? found : []
}

function isPast(until, now) {
  return typeof until === 'string' && Date.parse(until) <= now
}

function isMembership(entry, organization) {
  if (typeof organization !== 'string') return false
  return attempt(() => entry.kind === 'organization' && entry.id === organization) === true
}

/** The roles that count at this login, by name, without those that are over. Without the secret nothing is written. */
function writeRoles(event, api, { over, organization }) {
  const claim = attempt(() => event.secrets.ROLES_CLAIM)
  const roles = attempt(() => event.authorization.roles)
  if (typeof claim !== 'string' || claim === '' || !Array.isArray(roles)) return
  const honoured = roles.filter((name) => !over.some((entry) => isRole(entry, { name, organization })))
  attempt(() => api.idToken.setCustomClaim(claim, honoured))
  attempt(() => api.accessToken.setCustomClaim(claim, honoured))
}

/** A login through an organization has the roles within it; one without has the tenant-wide ones. */
function isRole(entry, { name, organization }) {
  return attempt(() => entry.kind === 'role' && entry.name === name && entry.organization === organization) === true
}

/**
 * Enterprise plans only; elsewhere the login is refused all the same. Refresh tokens are left to the hub, whose
 * setting says whether they die; while the flag is up, an exchange ends here too.
 */
function endSession(event, api) {
  if (attempt(() => event.transaction.protocol) === 'oauth2-refresh-token') return
  if (typeof attempt(() => api.session.revoke) !== 'function') return
  attempt(() => api.session.revoke(REASON, { preserveRefreshTokens: true }))
}

/** What is not there is undefined, however it is missing. */
function attempt(read) {
  try {
    return read()
  } catch {
    return undefined
  }
}
