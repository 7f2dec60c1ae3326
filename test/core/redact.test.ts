import { describe, expect, test } from 'vitest'
import { errorMessage, ownWords } from '../../src/core/errors.ts'
import { declareSecret, hideSecretsIn, makeRedactor, redact, redactText } from '../../src/core/redact.ts'

test('values under a secret’s name are hidden at any depth', () => {
  const facts = { headers: { Authorization: 'Bearer x', accept: 'json' }, list: [{ client_secret: 's' }] }
  expect(redact(facts)).toEqual({
    headers: { Authorization: '[redacted]', accept: 'json' },
    list: [{ client_secret: '[redacted]' }],
  })
})

test('what opens the hub is hidden, also where it is all of a text', () => {
  for (const kind of ['bh', 'bs', 'bl']) {
    expect([kind, redactText(`${kind}_${'0a'.repeat(32)}`)]).toEqual([kind, '[redacted]'])
    expect(redact({ about: `${kind}_${'0a'.repeat(32)}` })).toEqual({ about: '[redacted]' })
  }
})

test('a declared secret is hidden inside any text, in an error and in its cause', () => {
  declareSecret('the-declared-s3cret')
  expect(redact({ message: 'sent the-declared-s3cret to x' })).toEqual({ message: 'sent [redacted] to x' })
  expect(hideSecretsIn([{ note: 'the-declared-s3cret' }])).toEqual([{ note: '[redacted]' }])
  const error = new Error('refused', { cause: new Error('with the-declared-s3cret') })
  expect(errorMessage(error)).toBe('refused: with [redacted]')
  expect(errorMessage('the-declared-s3cret')).toBe('[redacted]')
  expect(ownWords(new Error('x the-declared-s3cret y'))).toBe('x [redacted] y')
})

test('a secret of fewer than eight characters is not looked for: it would blot out words', () => {
  const redactor = makeRedactor()
  redactor.declare('plat')
  redactor.declare('')
  expect(redactor.hideSecrets('the platform asks')).toBe('the platform asks')
})

describe('a secret is found', () => {
  const secret = 'p+q/r=s "t" ü\\42-and-more'
  const redactor = makeRedactor()
  redactor.declare(secret)
  const hex = (letter: string) => letter.charCodeAt(0).toString(16).toUpperCase()
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  test.each([
    ['as it is', secret],
    ['escaped in JSON', JSON.stringify({ secret })],
    ['escaped in JSON twice', JSON.stringify(JSON.stringify({ secret }))],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['in a form', String(new URLSearchParams({ secret }))],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['in JSON whose slashes are escaped', JSON.stringify({ secret }).replaceAll('/', '\\/')],
    ['in JSON that is safe in HTML', JSON.stringify({ secret }).replace(/[+=/]/g, (one) => `\\u00${hex(one)}`)],
    ['in an error page', secret.replaceAll('"', '&quot;').replaceAll('/', '&#x2F;').replaceAll('+', '&#43;')],
    ['in an error page, escaped twice', secret.replaceAll('"', '&amp;quot;').replaceAll('=', '&amp;#061;')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in base64 in an error page', base64(secret).replaceAll('+', '&#43;').replaceAll('=', '&#x3d;')],
    ['in base64', base64(secret)],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 in a query', encodeURIComponent(base64(secret))],
    ...['u', 'us', 'use', 'user', 'me@acme.test/token'].map((user) => [`behind ${user}`, base64(`${user}:${secret}`)]),
  ])('%s (attack 4)', (_form, text) => {
    const left = redactor.hideSecrets(`before ${text} after`)
    expect(left).toContain('[redacted]')
    expect(left).not.toContain(text)
    // At most the letters that the secret shares with its neighbours are left.
    const decoded = [left, ...left.split(/[^\w+/=-]+/).map((word) => Buffer.from(word, 'base64').toString())].join(' ')
    expect(decoded).not.toContain('and-more')
    expect(decoded).not.toContain('r=s')
  })

  test('whole, though another form of it begins with the same sixteen letters (attack 4)', () => {
    const other = makeRedactor()
    other.declare('whsec_MfKQ9r8GKYqrTwjUPD8I/LPZIo2LaLaSw+xyz=')
    const forms = ['whsec_MfKQ9r8GKYqrTwjUPD8I/LPZIo2LaLaSw+xyz=', 'whsec_MfKQ9r8GKYqrTwjUPD8I%2fLPZIo2LaLaSw%2bxyz%3d']
    expect(other.hideSecrets(forms.join(' '))).toBe('[redacted] [redacted]')
    other.declare('abcdefghijklmnopqrs&tuv\\wxyz-0123')
    expect(other.hideSecrets('abcdefghijklmnopqrs&amp;tuv\\\\wxyz-0123')).toBe('[redacted]')
    // Cut within it, in either form, and gone on with.
    expect(other.hideSecrets(`${forms[0]?.slice(0, 34)}… ${forms[1]?.slice(0, 38)}…`)).toBe('[redacted]… [redacted]…')
  })

  test('though the text was cut within it (attack 4)', () => {
    const cut = `Auth0 says ${'a-long-secret-of-forty-characters-or-more'}`.slice(0, 40)
    const other = makeRedactor()
    other.declare('a-long-secret-of-forty-characters-or-more')
    expect(other.hideSecrets(cut)).toBe('Auth0 says [redacted]')
  })

  test('that is the password of an address, or stands behind a scheme (attack 4)', () => {
    const other = makeRedactor()
    other.declare('postgres://hub:pass%2Fword-1@db.acme.test/hub')
    other.declare('Bearer a-hook-secret-1')
    expect(other.hideSecrets('pass/word-1 pass%2Fword-1 a-hook-secret-1')).toBe('[redacted] [redacted] [redacted]')
  })

  test('as a line of a key (attack 4)', () => {
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ'
    const other = makeRedactor()
    other.declare(`-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----`)
    expect(other.hideSecrets(`bad key: ${line}`)).toBe('bad key: [redacted]')
  })
})

test('of the secrets that were got at run time the latest are remembered (attack 4)', () => {
  const redactor = makeRedactor()
  redactor.borrow('the-first-token')
  for (let i = 0; i < 400; i++) redactor.borrow(`another-token-${i}`)
  redactor.borrow('the-first-token')
  for (let i = 400; i < 800; i++) redactor.borrow(`another-token-${i}`)
  expect(redactor.hideSecrets('the-first-token another-token-799 another-token-3')).toBe(
    '[redacted] [redacted] another-token-3',
  )
})

test.each([
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
  ['authorization="Basic dXNlcjpw"', 'authorization="[redacted] [redacted]"'],
  ['SSWS 00abc', 'SSWS [redacted]'],
  ['Authorization: token ghp_1234abcd', 'Authorization: token [redacted]'],
  ['Token token=pd-key-1', 'Token [redacted]'],
  ['{"access_token":"abc"}', '{"access_token":"[redacted]"}'],
  ['{\\"client_secret\\":\\"abc\\"}', '{\\"client_secret\\":\\"[redacted]\\"}'],
  ['?api_key=abc&x=1', '?api_key=[redacted]&x=1'],
  ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '[redacted]'],
])('what stands where a credential stands is hidden though it is unknown: %s (attack 4)', (text, left) => {
  expect(redactText(text)).toBe(left)
})

test.each([
  'Auth0 answered 401 to "get a token": Unauthorized',
  'Okta refused a token: 401 invalid_client',
  'OKTA_API_TOKEN is missing',
  'The token endpoint did not answer',
  'the secret of this hook is not among those configured',
])('ordinary words about credentials stay: %s', (text) => {
  expect(redactText(text)).toBe(text)
})

describe('work on a text', () => {
  const long = 200_000
  test.each([
    ['one long word', 'a'.repeat(long)],
    ['beginnings of signed tokens', 'eyJaaaaaaaa-'.repeat(long / 12)],
    ['a name that repeats the name of a secret', 'token'.repeat(long / 5)],
    ['backslashes', `token${'\\'.repeat(long)}`],
    ['white space behind a scheme', `Bearer ${' '.repeat(long)}`],
  ])('is bounded for %s, and so is what is left of it (attack 3)', (_what, text) => {
    const begun = performance.now()
    const left = redactText(text)
    expect(left.length).toBeLessThan(20_000)
    // Letter by letter anew it took minutes.
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  test('hides a secret where a long text is cut off (attack 4)', () => {
    const text = `${'a '.repeat(8_180)}whsec_MfKQ9r8GKYqrTwjUPD8I-LPZIo2LaLaSw${' b'.repeat(100)}`
    declareSecret('whsec_MfKQ9r8GKYqrTwjUPD8I-LPZIo2LaLaSw')
    expect(redactText(text)).not.toContain('whsec_MfKQ9')
  })
})
