/**
 * Every form in which others repeat a secret: as it is, escaped in JSON (once and twice), percent-encoded in either
 * case and as a form field, in base64 alone and behind any user name (`Basic`), and of a text of several lines each
 * long line.
 */
export function derivedForms(secret: string): string[] {
  const texts = [secret, ...longLines(secret), ...innerSecrets(secret)]
  const forms = texts.flatMap((text) => [
    text,
    ...escapedForms(text),
    ...percentForms(text),
    ...(text.length <= longestInBase64 ? base64Forms(text) : []),
  ])
  // The longest first: a shorter one inside of it would leave its ends.
  return [...new Set(forms)].filter((form) => form.length >= shortestForm).sort((a, b) => b.length - a.length)
}

const shortestForm = 8

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

function escapedForms(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1)
  return [once, JSON.stringify(once).slice(1, -1), text.replaceAll('\n', '\\n')]
}

function percentForms(text: string): string[] {
  const upper = encodeURIComponent(text.toWellFormed())
  // Some leave `!'()*` and others do not.
  const strict = upper.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  const inCases = [upper, strict].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
  return inCases.flatMap((form) => [form, form.replaceAll('%20', '+')])
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
    return [form, ...whole].flatMap((one) => [
      one,
      one.replaceAll('+', '-').replaceAll('/', '_'),
      encodeURIComponent(one),
    ])
  })
}
