/**
 * Refuses a login when the hub, or an older tool, has flagged the person as deactivated.
 *
 * Runs at every login, at silent login and at each refresh-token exchange. It is closed on the flag and open on its own
 * bugs: an exception here would lock everybody out (an uncaught one is `access_denied`). It imports nothing.
 * The secret METADATA_KEY names the hub's key in the metadata when it is not `okta`.
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
  if (!isDeactivated) return

  endSession(event, api)
  // One argument: with two, the first is what the person reads. A failure here may surface, because it denies as well.
  return api.access.deny(REASON)
}

function metadataKey(event) {
  const key = attempt(() => event.secrets.METADATA_KEY)
  return typeof key === 'string' && key !== '' ? key : DEFAULT_KEY
}

function isFlagged(read) {
  const value = attempt(read)
  return value === true || value === 'true'
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
