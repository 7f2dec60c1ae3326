import { describe, expect, test } from 'vitest'
import type { RoleRule } from '../../../src/core/role-rules.ts'
import { findRole } from '../../../src/signin/oidc/find-role.ts'
import { readIdentity } from '../../../src/signin/oidc/identity.ts'

const rules: RoleRule[] = [
  { role: 'viewer', by: 'email', value: 'ann@acme.com' },
  { role: 'admin', by: 'claim', value: 'bellhop-admins' },
  { role: 'viewer', by: 'claim', value: 'all' },
  { role: 'operator', by: 'subject', value: '00uoperator' },
]

type Facts = { sub?: string; connection?: string } & Record<string, unknown>

const roleOf = ({ sub: subject = '00u1', connection, ...claims }: Facts) =>
  findRole(readIdentity({ issuer: 'https://acme.okta.com', subject }, claims, 'groups'), {
    rules,
    emailConnection: connection ?? null,
  })

const verified = { email: 'ann@acme.com', email_verified: true }

describe('a role', () => {
  test.each<[string, Facts, string]>([
    ['a word in a list', { groups: ['x', 'bellhop-admins'] }, 'admin'],
    ['a word that is alone', { groups: 'bellhop-admins' }, 'admin'],
    ['the highest of several rules', { ...verified, groups: ['all', 'bellhop-admins'] }, 'admin'],
    ['the words of a list that is not pure', { groups: [7, null, 'all'] }, 'viewer'],
    ['the subject', { sub: '00uoperator' }, 'operator'],
    ['a verified e-mail', verified, 'viewer'],
    ['a verified e-mail in any letter case', { ...verified, email: 'Ann@ACME.com' }, 'viewer'],
    ['a verified e-mail of the named connection', { ...verified, sub: 'samlp|acme|x', connection: 'acme' }, 'viewer'],
  ])('comes from %s', (_, facts, role) => {
    expect(roleOf(facts)).toBe(role)
  })

  test.each<[string, Facts]>([
    ['nothing at all', {}],
    ['a claim that is an object', { groups: { 'bellhop-admins': true } }],
    ['a list of lists', { groups: [['bellhop-admins']] }],
    ['a word that only holds the rule’s', { groups: ['not-bellhop-admins', 'bellhop-admins-2', 'Bellhop-Admins'] }],
    ['words in one text', { groups: 'bellhop-admins all' }],
    ['an e-mail that is not verified', { ...verified, email_verified: false }],
    ['an e-mail that is verified by a text', { ...verified, email_verified: 'true' }],
    ['an e-mail of which nothing is said', { email: 'ann@acme.com' }],
    ['an e-mail that looks alike', { ...verified, email: 'ann@acme.com.evil.example' }],
    ['an e-mail that folds alike beyond ASCII', { ...verified, email: 'ann@acme.com'.replace('c', '\u217d') }],
    ['an e-mail of which the beginning is the rule’s', { ...verified, email: `ann@acme.com${' '.repeat(400)}` }],
    ['a list of e-mails', { ...verified, email: ['ann@acme.com'] }],
    ['an e-mail of an id of Auth0 without a connection', { ...verified, sub: 'auth0|1' }],
    ['an e-mail of another connection', { ...verified, sub: 'okta|another|00u1', connection: 'acme' }],
    ['an e-mail of a database whose ids look like it', { ...verified, sub: 'auth0|acme|00u1', connection: 'acme' }],
    ['an e-mail of an id without a connection', { ...verified, connection: 'acme' }],
  ])('does not come from %s', (_, facts) => {
    expect(roleOf(facts)).toBeNull()
  })
})
