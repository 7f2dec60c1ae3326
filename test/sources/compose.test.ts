import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReceivedRequest } from '../../src/core/access.ts'
import { readSettings } from '../../src/core/settings.ts'
import { configureSource, type InlineRoute, sources } from '../../src/sources/index.ts'

const route: InlineRoute = { connector: 'vault', kind: 'provision' }
const now = new Date('2026-05-14T02:10:00.000Z')
const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const word = fc.stringMatching(/^[\w.:-]{1,20}$/)
const spoken = fc.option(word)
const requests: fc.Arbitrary<ReceivedRequest> = fc.record({
  subject: fc.record({
    email: fc.stringMatching(/^\w{1,20}$/).map((name) => `${name}@acme.test`),
    givenName: spoken,
    familyName: spoken,
  }),
  application: fc.record({ id: word, instanceId: spoken, label: word }),
  permissions: fc.array(fc.record({ value: word, label: word, source: word }), { maxLength: 5 }),
  accessLengthSeconds: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
  comment: spoken,
  taskUrl: spoken,
  fields: fc.array(fc.record({ prompt: word, response: word }), { maxLength: 3 }),
})

describe.each([
  ['platform', { PLATFORM_HOOK_SECRETS: 'vault/*:one-secret', PLATFORM_SIGNING_SECRETS: `vault/*:${signing}` }],
  ['lumos', { LUMOS_HOOK_SECRETS: 'vault/*:one-secret', LUMOS_SIGNING_SECRETS: 'vault/*:another-secret' }],
])('a request that is composed as %s sends it', (kind, settings) => {
  const source = sources.find((one) => one.kind === kind)
  const read = source && readSettings(source.config, settings)
  if (!source || !read || !('value' in read)) throw new Error('The settings above are right.')
  const { inline } = configureSource(source, { id: kind, config: read.value as never })
  if (!inline) throw new Error('It is a platform.')

  test('passes the checks of its secret and of its signature, and reads as it was', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { headers, body } = inline.compose({ request, route, now, id: 'msg_1' })
        const head = { header: (name: string) => headers[name] }
        expect(inline.checkSecret({ head, route })).toMatchObject({ good: true })
        const raw = new TextEncoder().encode(body)
        expect(inline.checkSignature({ head, raw, route, now })).toMatchObject({ good: true })
        expect(inline.parse(JSON.parse(body))).toEqual({ request })
      }),
    )
  })

  test('carries no secret of another route', () => {
    const [request] = fc.sample(requests, 1)
    if (!request) throw new Error('One was asked for.')
    const other = { connector: 'crm', kind: 'provision' } as const
    expect(inline.compose({ request, route: other, now, id: 'msg_1' }).headers).toEqual({})
  })
})
