import { expect, test } from 'vitest'
import { readHubSettings } from '../../src/core/hub-settings.ts'

test('networks that may be called are a list, empty by default', () => {
  expect(readHubSettings({}).HUB_OUTBOUND_ALLOW).toEqual([])
  expect(readHubSettings({ HUB_OUTBOUND_ALLOW: '10.20.0.0/16, fd12:3456::/32' }).HUB_OUTBOUND_ALLOW).toEqual([
    '10.20.0.0/16',
    'fd12:3456::/32',
  ])
})

test.each([
  '10.20.0.0',
  '10.20.0.0/33',
  'fd12::/129',
  '10.20.0/16',
  'internal.example.com',
  '10.0.0.0/8,',
  '300.1.1.1/8',
])('a list with %j in it is a problem of the configuration', (text) => {
  expect(() => readHubSettings({ HUB_OUTBOUND_ALLOW: text })).toThrow(
    expect.objectContaining({ why: expect.stringMatching(/HUB_OUTBOUND_ALLOW is not a list of networks such as/) }),
  )
})
