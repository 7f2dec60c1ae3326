import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  exactlyOne,
  flag,
  headerName,
  jsonSetting,
  list,
  readSettings,
  secret,
  secretsOf,
  vendorUrl,
} from '../../src/core/settings.ts'

const plain = z.object({
  ACME_URL: vendorUrl().describe('Set ACME_URL to the address of Acme.'),
  ACME_SECRETS: secret(list()).describe('Set it to what Acme sends.'),
  ACME_MIRROR: flag(false).describe('true or false.'),
  ACME_NAME: z.string().optional(),
})

const ruled = z
  .object({
    ACME_URL: vendorUrl().describe('The address.'),
    ACME_TOKEN: secret(z.string()).optional().describe('Give ACME_TOKEN or ACME_KEY.'),
    ACME_KEY: secret(z.string()).optional().describe('Give ACME_TOKEN or ACME_KEY.'),
  })
  .refine((given) => Boolean(given.ACME_TOKEN) !== Boolean(given.ACME_KEY), {
    path: ['ACME_TOKEN'],
    error: 'give either ACME_TOKEN or ACME_KEY',
    when: () => true,
  })

const complete = { ACME_URL: 'https://acme.test/', ACME_SECRETS: ' new , old,' }

describe('readSettings', () => {
  test('a schema of which no required key is set is absent', () => {
    expect(readSettings(plain, {})).toEqual({ absent: true })
    expect(readSettings(plain, { ACME_URL: '', ACME_NAME: 'x', OTHER: 'y' })).toEqual({ absent: true })
    expect(readSettings(ruled, { ACME_TOKEN: 't' })).toEqual({ absent: true })
  })

  test('a schema without required keys is never absent', () => {
    expect(readSettings(z.object({ ACME_MIRROR: flag(true) }), {})).toEqual({ value: { ACME_MIRROR: true } })
  })

  test('values are parsed and defaults filled in', () => {
    expect(readSettings(plain, { ...complete, ACME_MIRROR: 'true' })).toEqual({
      value: { ACME_URL: 'https://acme.test', ACME_SECRETS: ['new', 'old'], ACME_MIRROR: true },
    })
  })

  test('all problems come at once, each with its fix', () => {
    expect(readSettings(plain, { ACME_URL: 'http://acme.test', ACME_MIRROR: 'yes' })).toEqual({
      problems: [
        {
          setting: 'ACME_URL',
          what: 'is not an https:// address (http:// is for loopback only)',
          fix: 'Set ACME_URL to the address of Acme.',
        },
        { setting: 'ACME_SECRETS', what: 'is missing', fix: 'Set it to what Acme sends.' },
        { setting: 'ACME_MIRROR', what: expect.stringContaining('"true"'), fix: 'true or false.' },
      ],
    })
  })

  test('a rule across keys is reported beside a key that is wrong by itself', () => {
    const read = readSettings(ruled, { ACME_URL: 'ftp://acme.test' })
    expect(read).toMatchObject({ problems: [{ setting: 'ACME_URL' }, { setting: 'ACME_TOKEN' }] })
  })

  test('a rule across keys holds when both are given', () => {
    const read = readSettings(ruled, { ACME_URL: 'https://acme.test', ACME_TOKEN: 't', ACME_KEY: 'k' })
    expect(read).toMatchObject({ problems: [{ what: 'give either ACME_TOKEN or ACME_KEY' }] })
  })

  test('a second instance reads its own keys, and problems name them so', () => {
    const prefix = { from: 'ACME_', to: 'ACME_EU_' }
    const own = { ACME_EU_URL: 'https://eu.acme.test', ACME_EU_SECRETS: 's' }
    expect(readSettings(plain, { ...own, ...complete }, prefix)).toMatchObject({
      value: { ACME_URL: 'https://eu.acme.test', ACME_SECRETS: ['s'] },
    })
    expect(readSettings(plain, complete, prefix)).toEqual({ absent: true })
    expect(readSettings(ruled, { ACME_EU_URL: 'https://eu.acme.test' }, prefix)).toEqual({
      problems: [
        {
          setting: 'ACME_EU_TOKEN',
          what: 'give either ACME_EU_TOKEN or ACME_EU_KEY',
          fix: 'Give ACME_EU_TOKEN or ACME_EU_KEY.',
        },
      ],
    })
  })

  test('no problem quotes a value', () => {
    const read = readSettings(plain, { ACME_URL: 'hunter2', ACME_SECRETS: 'hunter2', ACME_MIRROR: 'hunter2' })
    expect(read).toHaveProperty('problems')
    expect(JSON.stringify(read)).not.toContain('hunter2')
  })

  test.each([
    ['https://acme.test', true],
    ['http://127.0.0.1:4000', true],
    ['http://localhost:1', true],
    ['http://[::1]:1', true],
    ['http://127.0.0.1.evil.test', false],
    ['http://10.0.0.1', false],
    ['javascript:alert(1)', false],
    ['acme.test', false],
  ])('the address %s is accepted: %s', (url, accepted) => {
    expect(vendorUrl().safeParse(url).success).toBe(accepted)
  })
})

describe('secretsOf', () => {
  test('every secret is found, each entry of a list by itself', () => {
    const value = { ACME_URL: 'https://acme.test', ACME_SECRETS: ['new', 'old'], ACME_NAME: 'x' }
    expect(secretsOf(plain, value)).toEqual(['new', 'old'])
  })

  test('a secret stays one under optional, default and transform', () => {
    const wrapped = z.object({
      A: secret(z.string()).optional(),
      B: secret(z.string()).default('fallback'),
      C: secret(z.string()).transform((text) => text.trim()),
      D: z.string().optional(),
    })
    expect(secretsOf(wrapped, { A: 'a', B: 'b', C: 'c', D: 'd' })).toEqual(['a', 'b', 'c'])
  })

  test('an absent or empty secret is none', () => {
    expect(secretsOf(plain, { ACME_SECRETS: [''] })).toEqual([])
    expect(secretsOf(plain, {})).toEqual([])
  })
})

describe('jsonSetting', () => {
  const doors = jsonSetting({ schema: z.record(z.string(), z.number()), error: 'is not JSON such as {"front": 1}' })

  test('reads what fits its schema', () => {
    expect(doors.parse(' {"front": 1} ')).toEqual({ front: 1 })
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(anything.parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('has one problem in its own words, whatever is wrong', () => {
    for (const text of ['', 'canary', '{"front": "canary"}', '{"front": "canary", "back": []}', '[]', 'null']) {
      const { error } = doors.safeParse(text)
      expect(error?.issues.map(({ message }) => message)).toEqual(['is not JSON such as {"front": 1}'])
    }
  })

  test('may put what is wrong into words, and is told of no issue where the text is no JSON', () => {
    const counting = jsonSetting({ schema: z.array(z.number()), error: (issues) => `has ${issues.length} wrong` })
    expect(counting.safeParse('["a", 1, "b"]').error?.issues[0]?.message).toBe('has 2 wrong')
    expect(counting.safeParse('[').error?.issues[0]?.message).toBe('has 0 wrong')
  })

  test('a text that is no JSON is refused by a schema that takes everything', () => {
    fc.assert(fc.property(fc.string(), (text) => anything.safeParse(text).success === isJson(text)))
  })

  const anything = jsonSetting({ schema: z.unknown(), error: 'is not JSON' })

  function isJson(text: string): boolean {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
})

describe('headerName', () => {
  test.each(['authorization', 'X-Acme-Secret', "!#$%&'*+-.^_`|~9"])('%s is one', (name) => {
    expect(headerName().parse(name)).toBe(name)
  })

  test.each(['', 'two words', 'colon:', '()', 'ümlaut', 'line\n'])('%j is none', (text) => {
    expect(headerName().safeParse(text).error?.issues[0]?.message).toBe('is not the name of a header')
  })

  test('is a name that the platform’s own headers take', () => {
    fc.assert(fc.property(fc.string(), (text) => headerName().safeParse(text).success === takesHeader(text)))
  })

  function takesHeader(name: string): boolean {
    try {
      new Headers({ [name]: 'value' })
      return true
    } catch {
      return false
    }
  }
})

describe('exactlyOne', () => {
  const ways = [['TOKEN'], ['ID', 'KEY', 'KEY_ID']] as const
  const credential = exactlyOne({ ways, reportAt: 'TOKEN' })

  test('says what to give', () => {
    expect(credential.advice).toBe('Give either TOKEN, or ID with KEY and KEY_ID.')
  })

  test.each([
    ['the one', { TOKEN: 't', OTHER: 'o' }],
    ['the other, whole', { ID: 'i', KEY: 'k', KEY_ID: 'n' }],
  ])('takes %s', (_, given) => {
    expect(credential.isGiven(given)).toBe(true)
    expect(credential.isAbsent(given)).toBe(false)
  })

  test.each([
    ['both', { TOKEN: 't', ID: 'i', KEY: 'k', KEY_ID: 'n' }],
    ['one and a part of the other', { TOKEN: 't', KEY: 'k' }],
    ['a part', { ID: 'i', KEY: 'k' }],
  ])('refuses %s', (_, given) => {
    expect(credential.isGiven(given)).toBe(false)
    expect(credential.isAbsent(given)).toBe(false)
  })

  test('refuses nothing at all, which is absent; an empty text counts as nothing', () => {
    for (const given of [{}, { TOKEN: '', ID: undefined }, { OTHER: 'o' }]) {
      expect(credential.isGiven(given)).toBe(false)
      expect(credential.isAbsent(given)).toBe(true)
    }
  })

  test('is reported at its setting, beside a key that is wrong by itself', () => {
    const schema = z.object({ URL: vendorUrl(), TOKEN: z.string().optional(), ID: z.string().optional() })
    const read = readSettings(schema.refine(credential.isGiven, credential.problem), { URL: 'ftp://x' })
    expect(read).toMatchObject({
      problems: [{ setting: 'URL' }, { setting: 'TOKEN', what: `is not the one way in: ${credential.advice}` }],
    })
  })
})
