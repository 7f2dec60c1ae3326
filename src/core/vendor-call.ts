import { hideEmails, redactText } from './redact.ts'

/** So much of an answer is kept: what a vendor says of a mistake stands at its beginning. */
const keptOfAnswer = 200

const longestPath = 200

/** Read before it is cut: a secret that is cut in two is not found. */
const readOfAnswer = 2_000

/**
 * Describes a call by its method and address. The query is left out, e-mails are hidden, and so is a path that stands in
 * a setting, because some vendors' addresses are secrets. The ids that are left stand in the journal already.
 */
export function describeCall({
  method,
  url,
  hidden,
}: {
  method: string
  url: string
  hidden: readonly string[]
}): string {
  if (!URL.canParse(url)) return method
  const { origin, pathname } = new URL(url)
  const configured = hidden.find((one) => `${origin}${pathname}`.startsWith(one))
  const path = configured === undefined ? pathname : `/…${`${origin}${pathname}`.slice(configured.length)}`
  return `${method} ${origin}${hideEmails(redactText(decode(path))).slice(0, longestPath)}`
}

/** The beginning of a vendor's answer, on one line. */
export function excerptAnswer(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a log line and a terminal show none of them
  const line = text.slice(0, readOfAnswer).replace(/[\s\x00-\x1f\x7f]+/g, ' ')
  return hideEmails(redactText(line)).trim().slice(0, keptOfAnswer)
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
