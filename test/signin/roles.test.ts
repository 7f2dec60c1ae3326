import { expect, test } from 'vitest'
import { roles } from '../../src/core/role.ts'
import { mayAct, roleWords } from '../../src/signin/roles.ts'

test('a role may do what each role before it may, and nothing of those behind it', () => {
  expect(roles.map((role) => roles.filter((needed) => mayAct(role, needed)))).toEqual([
    ['viewer'],
    ['viewer', 'auditor'],
    ['viewer', 'auditor', 'operator'],
    ['viewer', 'auditor', 'operator', 'admin'],
  ])
  expect(Object.keys(roleWords)).toEqual([...roles])
})
