/**
 * The one way in which the hub compares e-mails, and the names that people log in with: A–Z and a–z are the same, and
 * no other two characters are. `toLowerCase()` also makes an ordinary k of the Kelvin sign (U+212A): with it, two
 * addresses that are two people's would count as one. In SQL `hub.fold_email` does the same.
 */
export function foldEmail(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Whether two e-mails, or two names to log in with, are the same one. */
export function sameEmail(one: string, other: string): boolean {
  return foldEmail(one) === foldEmail(other)
}
