import { type Hider, hidden, makeHider } from './secret-forms.ts'
import { makeSecretIndex } from './secret-index.ts'

/** A shorter text would blot out ordinary words, and is no secret worth the name. */
export const shortestSecret = 8

/** Names whose values never reach a log, an error or the journal. */
const secretName = /authorization|secret|token|password|passwd|cookie|api[-_]?key|private[-_]?key|credential|assertion/i

/** The names of a log's facts and of a vendor's fields are few, and come again and again. */
const mostNames = 1000
const judgedNames = new Map<string, boolean>()

function isSecretName(name: string): boolean {
  const known = judgedNames.get(name)
  if (known !== undefined) return known
  const isSecret = secretName.test(name)
  if (judgedNames.size < mostNames) judgedNames.set(name, isSecret)
  return isSecret
}

/** As many secrets that were got at run time are remembered: tokens live for an hour or a day. */
const mostBorrowed = 500

export type Redactor = {
  /** From now on this text is a secret, in every form in which it could be repeated. */
  declare(secret: string): void
  /** The same for one that was got at run time, such as a token: only the latest few hundred are remembered. */
  borrow(secret: string): void
  /** Hides the declared secrets in a text, and nothing else. */
  hideSecrets(text: string): string
}

export function makeRedactor(): Redactor {
  const declared = new Map<string, Hider>()
  const borrowed = new Map<string, Hider>()
  const index = makeSecretIndex()
  return {
    declare(secret) {
      if (secret.length < shortestSecret || declared.has(secret)) return
      const hider = makeHider(secret)
      declared.set(secret, hider)
      index.add(hider)
    },
    borrow(secret) {
      if (secret.length < shortestSecret || declared.has(secret)) return
      const hider = borrowed.get(secret) ?? makeHider(secret)
      // Deleted and set: a map keeps the order of insertion, and the oldest goes first.
      borrowed.delete(secret)
      borrowed.set(secret, hider)
      index.add(hider)
      const [oldest] = borrowed
      if (borrowed.size <= mostBorrowed || !oldest) return
      borrowed.delete(oldest[0])
      index.remove(oldest[1])
    },
    hideSecrets(text) {
      const found = index.find(text)
      if (found.size === 0) return text
      return [...declared.values(), ...borrowed.values()]
        .filter((hider) => found.has(hider))
        .reduce((rest, { hide }) => hide(rest), text)
    },
  }
}

/**
 * What this process knows to be secret. One for the process, because an error becomes words in forty places of all
 * floors and of connectors, and each of them must know every secret: one that had to be handed down would be missing at
 * the place where it was forgotten. It holds nothing but secrets, and decides nothing but what is hidden.
 */
const known = makeRedactor()

/** Declares a secret of the configuration. */
export const declareSecret = known.declare

/** Declares a secret that was got at run time: what a call carries as its credential. */
export const borrowSecret = known.borrow

/** Hides the known secrets in a text, and nothing else. */
export const hideSecrets = known.hideSecrets

/** Hides the known secrets in every text inside of a value, and nothing else. */
export function hideSecretsIn<T>(value: T): T {
  return mapTexts(value, hideSecrets) as T
}

/** So much of a text is kept: a vendor may answer with megabytes, and an error has said what is wrong before that. */
const mostLetters = 16_384

/**
 * A text of any origin with the known secrets hidden, and whatever stands where credentials stand. What is longer than
 * an error or a line of the log is cut off first: the work on it is bounded, and so is what is journaled of it.
 */
export function redactText(text: string): string {
  const rest = text.length - mostLetters
  if (rest <= 0) return hideCredentials(hideSecrets(text))
  return `${hideCredentials(hideSecrets(text.slice(0, mostLetters)))}… (${rest} more characters)`
}

/** A copy in which every value under a secret's name, and every text by `redactText`, is hidden. */
export function redact(value: unknown): unknown {
  return mapTexts(value, redactText, isSecretName)
}

/** A text without e-mails: they are the personal data that addresses and answers repeat most. */
export function hideEmails(text: string): string {
  return text.replace(/[^\s"'<>()[\]{},;:/\\@=&?]{1,64}(?:@|%40)[\w.-]{1,255}/gi, '[e-mail]')
}

/** Each pattern begins at the start of a word, so that a long one is not read again from each of its letters. */
const hideAll: readonly (readonly [RegExp, string])[] = [
  // A signed token, wherever it stands.
  [/\beyJ[\w-]{8,4096}\.[\w-]{8,}(\.[\w-]*)?/g, hidden],
  // What opens the hub: a token, a session's cookie, a link to sign in by; also where it was cut.
  [/\bb[hsl]_[0-9a-f]{8,64}/g, hidden],
  // A scheme of the Authorization header, and whatever follows it.
  [/\b(Bearer|Basic|SSWS)((?:\s|%20|\+)+)(?!\[redacted\])["']?[^\s"',;<>)\\]+/gi, `$1$2${hidden}`],
  // GitHub's scheme is an ordinary word too: what follows is hidden unless it is one.
  [/\b(token)(\s+)(?=[^\s"',;<>)]*\d)[^\s"',;:<>)]{8,}/gi, `$1$2${hidden}`],
  // A field of a form, of a query or of JSON whose name says that it is secret.
  [
    /((?:(?<![\w-])[\w-]*(?:token|secret|password|assertion|api[-_]?key|authorization))(?:\\*["'])?\s*(?:=|:(?=\s*\\*["']))\s*(?:\\*["'])?)(?!\[redacted\]|\\*["'])[^\s"',;&<>)\\]+/gi,
    `$1${hidden}`,
  ],
]

/** Every pattern above needs one of these: ids and words, of which most log lines consist, are passed over. */
const mayHold = /[\s=:%+]|eyJ|\bb[hsl]_/

function hideCredentials(text: string): string {
  if (!mayHold.test(text)) return text
  return hideAll.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text)
}

const isNeverSecret = () => false

function mapTexts(
  value: unknown,
  map: (text: string) => string,
  isSecret: (name: string) => boolean = isNeverSecret,
  depth = 0,
): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null || depth > 20) return value
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map, isSecret, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecret(name) ? hidden : mapTexts(item, map, isSecret, depth + 1),
    ]),
  )
}
