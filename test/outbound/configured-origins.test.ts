import { expect, test } from 'vitest'
import { listConfiguredOrigins } from '../../src/outbound/configured-origins.ts'

const origins = (config: Record<string, unknown>) => [...listConfiguredOrigins(config)].sort()

test('an address in a setting names its origin, wherever in the setting it stands', () => {
  const config = {
    BADGE_URL: 'http://127.0.0.1:4000/api?token=x',
    BADGE_MORE: ['https://one.example.com', 'https://two.example.com:8443/path'],
    BADGE_MAP: { hr: { url: 'HTTPS://Three.Example.com:443' } },
    BADGE_PARSED: new URL('https://four.example.com/'),
  }
  expect(origins(config)).toEqual([
    'http://127.0.0.1:4000',
    'https://four.example.com',
    'https://one.example.com',
    'https://three.example.com',
    'https://two.example.com:8443',
  ])
})

test('a bare host counts for https where the setting is called so', () => {
  expect(origins({ AUTH0_DOMAIN: 'acme.eu.auth0.com', MAIL_HOST: 'mail.internal:8443' })).toEqual([
    'https://acme.eu.auth0.com',
    'https://mail.internal:8443',
  ])
})

test('nothing else names one', () => {
  const config = { A_DOMAINS: 'acme.com', A_NAME: 'acme.com', A_DOMAIN: 'a b', A_URL: 'ftp://acme.com', A: 7, B: null }
  expect(origins({ ...config, C: 'see https://acme.com', D: 'https://' })).toEqual([])
})
