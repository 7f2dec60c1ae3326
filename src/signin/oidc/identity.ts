/** Who somebody is by the word of the issuer. What identifies is the issuer with the subject; all else is said of them. */
export type Identity = {
  issuer: string
  subject: string
  name: string | null
  email: string | null
  /** True only where the issuer says the very word `true`. */
  emailVerified: boolean
  /** The words of the roles claim; none where it is absent or of another type. */
  words: readonly string[]
}

/** So many letters of a name are kept: they are shown, and identify nobody. */
const longestName = 200

/** Reads an identity out of verified claims. A claim of the wrong type counts as absent. */
export function readIdentity(
  { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>,
  claims: Readonly<Record<string, unknown>>,
  rolesClaim: string,
): Identity {
  return {
    issuer,
    subject,
    name: readText(claims.name) ?? readText(claims.preferred_username),
    email: readEmail(claims.email),
    emailVerified: claims.email_verified === true,
    words: readWords(claims[rolesClaim]),
  }
}

/** What somebody is called they may have chosen themselves: control characters, which no column and no terminal takes, go. */
function readText(value: unknown): string | null {
  if (typeof value !== 'string') return null
  return (
    value
      .toWellFormed()
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, longestName) || null
  )
}

/** Whole or not at all: a rule is compared with it. */
function readEmail(value: unknown): string | null {
  return typeof value === 'string' && /^[^\p{Cc}\s]{1,320}$/u.test(value) ? value.toWellFormed() : null
}

function readWords(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((word) => typeof word === 'string')
}
