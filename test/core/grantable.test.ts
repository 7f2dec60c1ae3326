import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { grantable, listTargets, targetOf, targetsOf } from '../../src/core/access.ts'
import { readSettings } from '../../src/core/settings.ts'

const schema = z.object({ BADGE_GRANTS: grantable({ target: /^door:\w+$/, error: 'is not door:<name>' }) })
const list = { crm: { billing: 'door:b', admin: 'door:a' }, wiki: 'door:w' }

test('grants nothing when it is left out', () => {
  expect(schema.parse({})).toEqual({ BADGE_GRANTS: {} })
})

test('reads an application as a whole, and by permission', () => {
  const { BADGE_GRANTS } = schema.parse({ BADGE_GRANTS: JSON.stringify(list) })
  expect(targetOf(BADGE_GRANTS, { application: 'crm', value: 'billing' })).toBe('door:b')
  expect(targetOf(BADGE_GRANTS, { application: 'wiki', value: '' })).toBe('door:w')
  expect(targetsOf(BADGE_GRANTS, 'crm')).toHaveLength(2)
  expect(targetsOf(BADGE_GRANTS, 'wiki')).toEqual([{ value: '', target: 'door:w' }])
})

test.each([
  { application: 'crm', value: '' },
  { application: 'crm', value: 'Billing' },
  { application: 'CRM', value: 'billing' },
  { application: 'wiki', value: 'door:w' },
  { application: 'erp', value: '' },
])('nobody allowed $application / $value', (question) => {
  expect(targetOf(list, question)).toBeUndefined()
})

test('each target of a list is listed once, of applications as a whole too', () => {
  expect(listTargets({ ...list, copy: { again: 'door:a' } })).toEqual(
    expect.arrayContaining(['door:a', 'door:b', 'door:w']),
  )
  expect(listTargets({ ...list, copy: { again: 'door:a' } })).toHaveLength(3)
  expect(listTargets({})).toEqual([])
})

test('whatever a request names, only what the list itself holds is granted', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (application, value) => {
      const target = targetOf(list, { application, value })
      expect([undefined, 'door:a', 'door:b', 'door:w']).toContain(target)
      for (const odd of ['constructor', '__proto__', 'toString']) {
        expect(targetOf(list, { application: odd, value })).toBeUndefined()
        expect(targetOf(list, { application: 'crm', value: odd })).toBeUndefined()
      }
    }),
  )
})

test.each([
  ['{', 'is not JSON such as {"<application>": {"<permission>": "<target>"}}'],
  ['[]', 'is not JSON such as {"<application>": {"<permission>": "<target>"}}'],
  ['{"crm": "role:x"}', 'has a wrong target at crm: it is not door:<name>'],
  ['{"crm": {"billing": "role:x"}}', 'has a wrong target at crm, billing: it is not door:<name>'],
])('%s is refused in words', (text, what) => {
  expect(readSettings(schema, { BADGE_GRANTS: text })).toMatchObject({ problems: [{ setting: 'BADGE_GRANTS', what }] })
})
