import { expect, test } from 'vitest'
import { readOwnPath } from '../../../src/signin/oidc/own-path.ts'

test.each(['/', '/deliveries', '/deliveries?status=held&limit=20', '/people/per_1?tab=a%2Fb'])('goes to %s', (path) => {
  expect(readOwnPath(path)).toBe(path)
})

test.each([
  undefined,
  '',
  'deliveries',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/ /evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  'javascript:alert(1)',
  '/signin/callback?code=1',
  '/signin',
  `/${'x'.repeat(2000)}`,
])('goes to the page of the session where it is asked for %j', (path) => {
  expect(readOwnPath(path)).toBe('/signin/done')
})
