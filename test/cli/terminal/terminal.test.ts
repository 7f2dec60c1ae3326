import { expect, test } from 'vitest'
import { findSecrets } from '../../../src/cli/terminal/terminal.ts'

test('the secrets of an environment are found by name, each entry of a list and the password of an address too', () => {
  const secrets = findSecrets({
    OKTA_EU_HOOK_SECRETS: 'first-secret, second-secret',
    OKTA_API_TOKEN: 'token-"quoted"',
    HUB_OPERATOR_TOKENS: 'ana:admin:token-of-ana',
    DATABASE_URL: 'postgres://hub:p%40ssword@localhost/hub',
    OKTA_ORG_URL: 'https://acme.okta.com',
  })
  expect(secrets).toEqual(
    expect.arrayContaining(['first-secret', 'second-secret', 'token-of-ana', 'p%40ssword', 'p@ssword']),
  )
  expect(secrets).toEqual(expect.arrayContaining(['token-"quoted"', 'token-\\"quoted\\"']))
  expect(secrets).not.toContain('https://acme.okta.com')
})

test('a word too short to be a secret is not blotted out', () => {
  expect(findSecrets({ OKTA_HOOK_SECRETS: 'okta' })).toEqual([])
})
