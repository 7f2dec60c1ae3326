import { expect, test } from 'vitest'
import { readSettings } from '../../src/core/settings.ts'
import type { Event } from '../../src/index.ts'
import { handlerContext } from '../../test/support/handler-context.ts'
import deactivated from './fixtures/deactivated.json' with { type: 'json' }
import print, { config } from './index.ts'

type Line = { facts: Record<string, unknown>; message: string }

/** The handlers' world, and what they printed in it. */
function listening(settings: Record<string, string> = {}, request = {}) {
  const lines: Line[] = []
  const info = (facts: Record<string, unknown>, message: string) => void lines.push({ facts, message })
  const log = { debug: info, info, warn: info, error: info }
  return { lines, context: handlerContext(config, { PRINT: 'on', ...settings }, { log, request }) }
}

test('without the word it is off, and another word is refused with what to do', () => {
  expect(readSettings(config, {})).toEqual({ absent: true })
  expect(readSettings(config, { PRINT_EVENTS: '*' })).toEqual({ absent: true })
  expect(readSettings(config, { PRINT: 'yes' })).toMatchObject({
    problems: [{ setting: 'PRINT', what: 'is not "on"', fix: expect.stringContaining('leave it out') }],
  })
})

test.each(['provision', 'deprovision'] as const)('a %s is printed, and says that nothing was done', async (kind) => {
  const { lines, context } = listening()
  await print[kind]?.(context)
  expect(lines).toEqual([
    {
      facts: {
        email: 'lena.park@acme.test',
        application: 'CRM',
        permissions: ['Billing'],
        accessLengthSeconds: 3600,
        comment: 'For the audit',
        taskUrl: 'https://platform.acme.test/tasks/1',
      },
      message: expect.stringContaining('nothing was'),
    },
  ])
})

test('every request is valid, and none is pre-approved', async () => {
  const { lines, context } = listening()
  expect(await print.validate?.(context)).toEqual({ answer: 'accept' })
  expect(await print.preapprove?.(context)).toMatchObject({
    answer: 'needs_approval',
    reason: expect.stringContaining('person has to decide'),
  })
  expect(lines).toHaveLength(2)
})

test('intake fields are not printed, and a comment is cut short', async () => {
  const request = { fields: { pin: '0000-secret' } as never, comment: 'c'.repeat(5_000) }
  const { lines, context } = listening({}, request)
  await print.provision?.(context)
  expect(JSON.stringify(lines)).not.toContain('0000-secret')
  expect(JSON.stringify(lines).length).toBeLessThan(600)
})

test('only the events that the configuration names are heard, and none by default', () => {
  const heard = (settings: Record<string, string>, type: string) =>
    print.hears?.({ config: config.parse({ PRINT: 'on', ...settings }), type })
  expect(heard({}, 'user.lifecycle.deactivate')).toBe(false)
  expect(heard({ PRINT_EVENTS: 'user.lifecycle.*' }, 'user.lifecycle.deactivate')).toBe(true)
  expect(heard({ PRINT_EVENTS: 'user.lifecycle.*' }, 'hub.access.granted')).toBe(false)
  expect(heard({ PRINT_EVENTS: '*' }, 'hub.access.granted')).toBe(true)
})

test('of a vendor’s event it prints whom it is about, and not what is in it', async () => {
  const { lines, context } = listening({ PRINT_EVENTS: '*' })
  const event = { ...deactivated, type: 'user.lifecycle.deactivate' } as Event
  await print.on?.['*']?.({ ...context, event })
  expect(lines[0]?.facts).toMatchObject({ about: ['lena.park@acme.test'], parts: expect.arrayContaining(['target']) })
  expect(JSON.stringify(lines)).not.toContain('trsexampleSESSION01')
})

test('an event of the hub’s own is printed whole', async () => {
  const { lines, context } = listening({ PRINT_EVENTS: '*' })
  const event = { ...deactivated, type: 'hub.alert.stuck', data: { about: 'auth0' } } as Event
  await print.on?.['*']?.({ ...context, event })
  expect(lines[0]?.facts).toMatchObject({ type: 'hub.alert.stuck', data: { about: 'auth0' } })
})

test('an event without targets is printed as well', async () => {
  const { lines, context } = listening({ PRINT_EVENTS: '*' })
  for (const data of ['text', null, { target: [null, 7, { alternateId: 1 }] }]) {
    const event = { ...deactivated, type: 'user.session.end', data } as Event
    await print.on?.['*']?.({ ...context, event })
  }
  expect(lines).toHaveLength(3)
})
