import { describe, expect, test } from 'vitest'
import { describeActor } from '../../../src/core/actor.ts'
import { readActor } from '../../../src/sources/index.ts'

describe('who acted at Okta', () => {
  test('is read with id, name and login', () => {
    const actor = {
      id: '00uADMIN',
      type: 'User',
      alternateId: 'ops@acme.test',
      displayName: 'Ops Robot',
      detailEntry: null,
    }
    const read = readActor(actor)
    expect(read).toEqual({ id: '00uADMIN', name: 'Ops Robot', login: 'ops@acme.test' })
    expect(read && describeActor(read)).toBe('Ops Robot (ops@acme.test, 00uADMIN)')
  })

  test('is nobody where the event names nobody', () => {
    for (const actor of [null, undefined, 'ops', [], {}, { id: null, displayName: '', alternateId: 'unknown' }]) {
      expect(readActor(actor)).toBeNull()
    }
  })

  test('is told with what is known of them', () => {
    expect(describeActor({ id: '00u1', name: null, login: null })).toBe('00u1')
    expect(describeActor({ id: null, name: 'Okta System', login: 'system@okta.com' })).toBe(
      'Okta System (system@okta.com)',
    )
  })

  test('is cut where it is too long', () => {
    expect(readActor({ displayName: 'x'.repeat(1_000_000) })?.name).toHaveLength(200)
  })
})
