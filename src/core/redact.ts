const hidden = '[redacted]'

/** A shorter text would blot out ordinary words, and is no secret worth the name. */
export const shortestSecret = 8

/** Names whose values never reach a log, an error or the journal. */
const secretName = /authorization|secret|token|password|passwd|cookie|api[-_]?key|private[-_]?key|credential|assertion/i

/** A copy in which every value under a secret's name, and every given secret inside a text, is hidden. */
export function redact(value: unknown, secrets: readonly string[] = []): unknown {
  return hide(value, secrets, 0)
}

/** A text in which none of the given secrets of 8 characters or more stands any more. */
export function redactText(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, hidden), text)
}

function hide(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return redactText(value, secrets)
  if (typeof value !== 'object' || value === null || depth > 20) return value
  if (Array.isArray(value)) return value.map((item) => hide(item, secrets, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) ? hidden : hide(item, secrets, depth + 1),
    ]),
  )
}
