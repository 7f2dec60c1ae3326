type Claims = Readonly<Record<string, unknown>>

/**
 * What the issuer says of somebody in the ID token and at its UserInfo endpoint, the ID token first. `email_verified` is
 * taken from where the e-mail that counts is named: the two places may name two e-mails, of which one is verified.
 */
export function joinClaims(token: Claims, userInfo: Claims): Claims {
  const joined = { ...userInfo, ...token }
  const saying = [token, userInfo].find(
    ({ email, email_verified: verified }) => email === joined.email && verified !== undefined,
  )
  return { ...joined, email_verified: saying?.email_verified }
}
