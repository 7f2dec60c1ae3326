import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventPatterns } from '../../src/core/event.ts'
import { readSettings } from '../../src/core/settings.ts'

const schema = z.object({ BADGE_EVENTS: eventPatterns(['hub.access.*']).describe('Event types.') })

test('reads types, families and all, without the spaces', () => {
  expect(schema.parse({ BADGE_EVENTS: 'user.lifecycle.*, hub.access.granted ,*,' }).BADGE_EVENTS).toEqual([
    'user.lifecycle.*',
    'hub.access.granted',
    '*',
  ])
})

test('has its default when it is left out', () => {
  expect(schema.parse({}).BADGE_EVENTS).toEqual(['hub.access.*'])
})

test.each(['user.*.deactivate', 'user*', '.user', 'user.', 'user lifecycle', '**'])('%s is refused', (text) => {
  expect(readSettings(schema, { BADGE_EVENTS: text })).toMatchObject({ problems: [{ setting: 'BADGE_EVENTS' }] })
})
