import { expect, test } from 'vitest'
import { findSecrets } from '../../../src/cli/terminal/terminal.ts'
import { makeRedactor } from '../../../src/core/redact.ts'

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

test('what a secret is for is not hidden with it, so that addresses of hooks stay readable', () => {
  const redactor = makeRedactor()
  const secrets = 'auth0/provision:secret-of-a-grant,badge/preapprove:secret-of-a-question,*/validate:third-secret'
  for (const secret of findSecrets({ LUMOS_HOOK_SECRETS: secrets })) redactor.declare(secret)
  const text = 'POST /hooks/lumos/auth0/provision: /hooks/lumos/badge/preapprove, events:'
  expect(redactor.hideSecrets(text)).toBe(text)
  for (const entry of secrets.split(',')) expect(redactor.hideSecrets(`it said ${entry}`)).toMatch(/:\[redacted\]$/)
})

test('a word too short to be a secret is not blotted out', () => {
  expect(findSecrets({ OKTA_HOOK_SECRETS: 'okta' })).toEqual([])
})
