import { expect, test } from 'vitest'
import type { KeptTokens } from '../../src/core/kept-tokens.ts'
import { redactText } from '../../src/core/redact.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'

function makeKeeping() {
  const kept: KeptTokens = new Map()
  let seconds = 1_800_000_000
  const clock = { now: () => new Date(seconds * 1000) }
  const client = (id = 'acme') => makeClientTokens({ id, kept, clock })
  const pass = (passed: number) => {
    seconds += passed
  }
  return { kept, client, pass }
}

const token = { text: 'the-text-of-a-token', lifeSeconds: 3600 }

test('a token is found by the next client of the same connector, with the life that it has left', () => {
  const { client, pass } = makeKeeping()
  client().keep('management', token)
  pass(600)
  expect(client().find('management')).toEqual({ text: token.text, lifeSeconds: 3000 })
  expect(client().find('another')).toBeUndefined()
  expect(client('acme_eu').find('management')).toBeUndefined()
})

test('a token that expires within a minute is not handed out', () => {
  const { client, kept, pass } = makeKeeping()
  client().keep('management', token)
  pass(3539)
  expect(client().find('management')).toMatchObject({ lifeSeconds: 61 })
  pass(1)
  expect(client().find('management')).toBeUndefined()
  expect([...kept]).toEqual([])
})

test('a client that was refused drops what it used, and not what another one has got since', () => {
  const { client } = makeKeeping()
  const [first, second] = [client(), client()]
  first.keep('management', token)
  second.find('management')
  first.drop()
  expect(second.find('management')).toBeUndefined()
  first.keep('management', { text: 'the-text-of-the-next-token', lifeSeconds: 3600 })
  second.drop()
  expect(client().find('management')).toMatchObject({ text: 'the-text-of-the-next-token' })
})

test('a token is hidden by the redactor once it was kept or found', () => {
  const { client, kept } = makeKeeping()
  client().keep('management', { text: 'hidden-since-it-was-kept', lifeSeconds: 3600 })
  expect(redactText('got hidden-since-it-was-kept')).not.toContain('hidden-since')
  kept.set('acme/other', { text: 'hidden-since-it-was-found', gotAt: 0, expiresAt: Number.MAX_SAFE_INTEGER })
  client().find('other')
  expect(redactText('got hidden-since-it-was-found')).not.toContain('hidden-since-it-was-found')
})

test('what is kept holds texts and numbers alone', () => {
  const { client, kept } = makeKeeping()
  client().keep('management', token)
  expect(Object.values(kept.get('acme/management') ?? {}).map((value) => typeof value)).toEqual([
    'string',
    'number',
    'number',
  ])
})
