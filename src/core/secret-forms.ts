/** `beginnings`: the first eight letters of each form of the secret, as a text without escapes would hold them. */
export type Hider = { hide(text: string): string; beginnings: readonly string[] }

/**
 * Makes what hides one secret in a text, in every form in which others repeat it: as it is, in base64 alone and behind
 * any user name (`Basic`), in hexadecimal, of a text of several lines each long line; and each of these as a document
 * writes it (see `writeUnit`). Where a text was cut within a secret, as much of its beginning is hidden too.
 */
export function makeHider(secret: string): Hider {
  const texts = [secret, ...longLines(secret), ...innerSecrets(secret)]
  const forms = texts.flatMap((text) => [
    text,
    ...(text.length <= longestInBase64 ? [...base64Forms(text), ...hexForms(text)] : []),
  ])
  // The longest first: a shorter one inside of it would leave its ends.
  const long = [...new Set(forms)].filter((form) => form.length >= shortestForm).sort((a, b) => b.length - a.length)
  const matchers = long.map(makeMatcher)
  return {
    hide(text) {
      // Whole forms first: the beginning of one may be that of another.
      const rest = matchers.reduce((left, matcher) => hideForm(left, matcher, 'whole'), text)
      return matchers.reduce((left, matcher) => hideForm(left, matcher, 'cut'), rest)
    },
    beginnings: [...new Set(long.map((form) => form.slice(0, shortestForm)))],
  }
}

export const hidden = '[redacted]'

/** No form of a secret is shorter, and none begins with fewer letters as they are. */
export const shortestForm = 8

/** A key is no password: none sends it in base64 once more. */
const longestInBase64 = 512

/** The password of an address, and what stands behind the scheme of a header's value (`Bearer …`). */
function innerSecrets(secret: string): string[] {
  const [, behindScheme] = /^\w+ (\S{8,})$/.exec(secret) ?? []
  const password = URL.canParse(secret) ? new URL(secret).password : ''
  return [behindScheme ?? '', password, decodePercent(password)].filter((text) => text.length >= shortestForm)
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A line of a PEM key is shorter than this only at its end. */
const longLine = 40

function longLines(text: string): string[] {
  return text.includes('\n') ? text.split(/\r?\n/).filter((line) => line.length >= longLine && !/^-+/.test(line)) : []
}

/** `head`: finds where the form may begin. `rest`: its other letters. */
type Matcher = { head: RegExp; rest: readonly string[] }

/** A cut text may end within a secret: so many of its letters are recognised. */
const recognized = 16

function makeMatcher(form: string): Matcher {
  const letters = Array.from(form)
  const headLength = letters.length > recognized + 4 ? recognized : letters.length
  return {
    head: new RegExp(letters.slice(0, headLength).map(writeUnit).join(''), 'g'),
    rest: letters.slice(headLength),
  }
}

/** Hides the form where it stands as a whole, or what begins as it does, for as long as it does. */
function hideForm(text: string, { head, rest }: Matcher, what: 'whole' | 'cut'): string {
  if (what === 'cut' && rest.length === 0) return text
  let left = ''
  let done = 0
  for (const found of text.matchAll(head)) {
    if (found.index < done) continue
    let end = found.index + found[0].length
    let at = 0
    for (; at < rest.length; at++) {
      const length = matchAt(text, end, rest[at] ?? '')
      if (length === 0) break
      end += length
    }
    if (what === 'whole' && at < rest.length) continue
    left += `${text.slice(done, found.index)}${hidden}`
    done = end
  }
  return left + text.slice(done)
}

const units = new Map<string, RegExp>()

/** How many letters of the text this letter takes at this place; 0: there is another one. */
function matchAt(text: string, at: number, letter: string): number {
  if (/^[A-Za-z0-9]$/.test(letter)) return text[at] === letter ? 1 : 0
  const unit = units.get(letter) ?? new RegExp(writeUnit(letter), 'y')
  units.set(letter, unit)
  unit.lastIndex = at
  return unit.test(text) ? unit.lastIndex - at : 0
}

const names: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }
const shortEscapes: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't' }

/**
 * One letter as documents write it: behind backslashes (JSON, and JSON within JSON), as `\u002f` or `\x2f`,
 * percent-encoded in either case, also when encoded twice, as a form's `+`, and as an entity of HTML. Repetitions are
 * bounded, so that a text made to be slow is not.
 */
function writeUnit(letter: string): string {
  const plain = letter.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  if (/^[A-Za-z0-9]$/.test(letter)) return plain
  const code = letter.codePointAt(0) ?? 0
  const slashes = '\\\\{1,8}'
  const utf16 = Array.from({ length: letter.length }, (_, at) => hexPattern(letter.charCodeAt(at), 4))
  const utf8 = Array.from(new TextEncoder().encode(letter), (byte) => hexPattern(byte, 2))
  const name = names[letter]
  const short = shortEscapes[letter]
  const forms = [
    ...(short ? [`${slashes}${short}`] : []),
    utf16.map((hex) => `${slashes}u${hex}`).join(''),
    ...(code < 256 ? [`${slashes}x${hexPattern(code, 2)}`] : []),
    utf8.map((hex) => `%(?:25){0,4}${hex}`).join(''),
    ...(letter === ' ' ? ['\\+'] : []),
    `&(?:amp;){0,4}(?:#0{0,4}${code}|#[xX]0{0,4}${hexPattern(code, 0)}${name ? `|${name}` : ''});`,
    letter === '\\' ? slashes : `(?:${slashes})?${plain}`,
  ]
  // The plain letter comes last: `&` begins `&amp;` too.
  return `(?:${forms.join('|')})`
}

/** A number in hexadecimal, in either case. */
function hexPattern(number: number, digits: number): string {
  const hex = number.toString(16).padStart(digits, '0')
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

function hexForms(text: string): string[] {
  const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex, hex.toUpperCase()]
}

/**
 * Base64 has three bytes in four letters, so that a secret behind a user name of any length has one of three forms. The
 * letters that bytes before or after the secret share are left out, so that each form is found behind any name.
 */
function base64Forms(text: string): string[] {
  const bytes = new TextEncoder().encode(text)
  return [0, 1, 2].flatMap((shift) => {
    const shifted = new Uint8Array(shift + bytes.length)
    shifted.set(bytes, shift)
    const letters = btoa(String.fromCharCode(...shifted)).replace(/=+$/, '')
    const from = shift === 0 ? 0 : shift + 1
    const to = Math.floor(((shift + bytes.length) * 8) / 6)
    const form = letters.slice(from, to)
    const whole = shift === 0 ? [letters] : []
    return [form, ...whole].flatMap((one) => [one, one.replaceAll('+', '-').replaceAll('/', '_')])
  })
}
