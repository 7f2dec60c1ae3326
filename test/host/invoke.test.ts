import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  accept,
  type Connector,
  defineConnector,
  grantable,
  invoke,
  PermanentError,
  reject,
  UsageError,
} from '../../src/index.ts'

const seen: string[] = []
let server: Server
let url = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.end('{"active":true}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const badge = defineConnector({
  id: 'badge',
  config: z.object({
    BADGE_URL: z.url().describe('The badge system.'),
    BADGE_FLOORS: z.coerce.number().default(9).describe('How many floors there are.'),
  }),
  fields: z.object({ floor: z.coerce.number().int() }),
  provision: ({ request, person, config, http }) =>
    http.put(`${config.BADGE_URL}/${person.authorityId}`, { floor: request.fields.floor }),
  deprovision: ({ person, request }) => person?.id ?? request.subject.email,
  validate: ({ request, config }) =>
    request.fields.floor <= config.BADGE_FLOORS ? accept() : reject('There is no such floor.'),
})

const doors = defineConnector({
  id: 'doors',
  config: z.object({ DOORS_GRANTS: grantable({ target: /^door:\w+$/, error: 'is not door:<name>' }) }),
  grants: ({ config }) => config.DOORS_GRANTS,
  has: ({ request }) => request.permissions.map(({ target }) => target),
})
const DOORS_GRANTS = JSON.stringify({ office: { lab: 'door:lab', roof: 'door:roof' }, garage: 'door:garage' })

const failure = (work: Promise<unknown>) => work.then(() => null).catch((thrown: unknown) => thrown)

describe('invoke', () => {
  test('calls the handler with settings and fields parsed, over real HTTP', async () => {
    const request = { fields: [{ prompt: 'Floor', response: '3' }] }
    const person = { authorityId: '00u7' }
    const answer = await invoke(badge, 'provision', { request, person }, { config: { BADGE_URL: url } })
    expect(answer).toMatchObject({ status: 200, body: { active: true } })
    expect(seen).toEqual(['PUT /00u7'])
  })

  test('answers as the handler does, by the settings given', async () => {
    const ask = (floor: string, floors: string) =>
      invoke(
        badge,
        'validate',
        { request: { fields: { floor } } },
        { config: { BADGE_URL: url, BADGE_FLOORS: floors } },
      )
    expect(await ask('12', '9')).toEqual({ answer: 'reject', message: 'There is no such floor.' })
    expect(await ask('12', '20')).toEqual({ answer: 'accept' })
  })

  test('fills in a person whom the authority lets in, and none where it is told so', async () => {
    const config = { BADGE_URL: url }
    const request = { fields: { floor: 1 }, subject: { email: 'lena@example.com' } }
    expect(await invoke(badge, 'deprovision', { request }, { config })).toBe('per_sample')
    expect(await invoke(badge, 'deprovision', { request, person: null }, { config })).toBe('lena@example.com')
  })

  test('says every wrong setting in one error, with its fix and without its value', async () => {
    const given = { config: { BADGE_URL: 'canary', BADGE_FLOORS: 'canary' } }
    const thrown = await failure(invoke(badge, 'validate', {}, given))
    expect(thrown).toBeInstanceOf(UsageError)
    expect(thrown).toMatchObject({ message: expect.stringMatching(/BADGE_URL .*BADGE_FLOORS is not a number/) })
    expect(thrown).toMatchObject({ fix: expect.stringContaining('BADGE_URL: The badge system.') })
    expect(String(thrown)).not.toContain('canary')
  })

  test('says which required settings are missing where types could not', async () => {
    const some: Connector = badge
    const thrown = await failure(invoke(some, 'validate', {}, {}))
    expect(thrown).toMatchObject({ message: 'The settings of badge are not right: BADGE_URL is missing.' })
  })

  test('refuses fields that do not fit, as the hub does', async () => {
    const request = { fields: { floor: 'canary' } }
    const thrown = await failure(invoke(badge, 'validate', { request }, { config: { BADGE_URL: url } }))
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(String(thrown)).toContain('The field "floor" is not a number.')
  })

  test('takes away and looks without fields that fit, as the hub does', async () => {
    const asking = defineConnector({
      id: 'asking',
      fields: z.object({ floor: z.coerce.number().int() }),
      deprovision: ({ request }) => request.fields,
      has: ({ request }) => (request.fields === undefined ? [] : [String(request.fields.floor)]),
    })
    expect(await invoke(asking, 'deprovision', {}, {})).toBeUndefined()
    expect(await invoke(asking, 'deprovision', { request: { fields: { floor: 'canary' } } }, {})).toBeUndefined()
    expect(await invoke(asking, 'has', {}, {})).toEqual([])
    expect(await invoke(asking, 'has', { request: { fields: { floor: '3' } } }, {})).toEqual(['3'])
  })

  test('parses the fields of each kind by the schema of that kind', async () => {
    const asking = defineConnector({
      id: 'asking',
      fields: { provision: z.object({ floor: z.coerce.number() }), validate: z.object({ reason: z.string() }) },
      provision: ({ request }) => request.fields.floor + 1,
      deprovision: ({ request }) => request.fields,
      has: ({ request }) => (request.fields === undefined ? [] : [String(request.fields.floor)]),
      validate: ({ request }) => (request.fields.reason === 'tour' ? accept() : reject('Only for tours.')),
    })
    const request = { fields: { floor: '3', reason: 'tour' } }
    expect(await invoke(asking, 'provision', { request }, {})).toBe(4)
    expect(await invoke(asking, 'validate', { request }, {})).toEqual({ answer: 'accept' })
    expect(await invoke(asking, 'has', { request }, {})).toEqual(['3'])
    expect(await invoke(asking, 'deprovision', { request }, {})).toBeUndefined()
    const thrown = await failure(invoke(asking, 'provision', { request: { fields: { reason: 'tour' } } }, {}))
    expect(String(thrown)).toContain('The field "floor" is missing.')
  })

  test('calls the methods of a partial http, and fails at one that the test did not foresee', async () => {
    const config = { BADGE_URL: 'https://badges.example.com' }
    const request = { fields: { floor: 3 } }
    const put = async (address: string) => ({ status: 200, headers: {}, body: { address } })
    const answer = await invoke(badge, 'provision', { request }, { config, http: { put } })
    expect(answer).toMatchObject({ body: { address: 'https://badges.example.com/00usample' } })
    const thrown = await failure(invoke(badge, 'provision', { request }, { config, http: { get: put } }))
    expect(thrown).toBeInstanceOf(UsageError)
    expect(thrown).toMatchObject({
      message: 'The handler called http.put("https://badges.example.com/00usample").',
      why: 'The http given to invoke has get alone.',
    })
  })

  test('says which handlers there are when the one asked for is not', async () => {
    const some: Connector = badge
    const thrown = await failure(invoke(some, 'preapprove', {}, {}))
    expect(thrown).toMatchObject({
      message: 'The connector badge has no handler "preapprove".',
      why: 'It has: provision, deprovision, validate.',
    })
  })

  test('asks for what the allow-list has, unless told otherwise', async () => {
    const ask = (request: Parameters<typeof invoke>[2]['request'] & object) =>
      invoke(doors, 'has', { request }, { config: { DOORS_GRANTS } })
    expect(await ask({})).toEqual(['door:lab', 'door:roof'])
    expect(await ask({ application: { id: 'garage' } })).toEqual(['door:garage'])
    expect(await ask({ permissions: [{ value: 'roof' }] })).toEqual(['door:roof'])
    expect(await ask({ permissions: [{ target: 'door:other' }] })).toEqual(['door:other'])
  })

  test.each([
    ['a permission that is not in the allow-list', { permissions: [{ value: 'vault' }] }, PermanentError],
    ['an application that is not in the allow-list', { application: { id: 'bank' } }, UsageError],
  ])('refuses %s', async (_, request, kind) => {
    expect(await failure(invoke(doors, 'has', { request }, { config: { DOORS_GRANTS } }))).toBeInstanceOf(kind)
  })

  test('calls connect, unless it is given a client', async () => {
    const keys = defineConnector({
      id: 'keys',
      connect: async ({ fetch }) => ({ cut: async () => (await fetch(`${url}/cut`)).status }),
      provision: ({ client }) => client.cut(),
    })
    expect(await invoke(keys, 'provision', {}, {})).toBe(200)
    expect(await invoke(keys, 'provision', {}, { client: { cut: async () => 7 } })).toBe(7)
  })

  test('counts down the time that an inline call has, by the clock given', async () => {
    let time = Date.parse('2026-11-01T12:00:00Z')
    const slow = defineConnector({
      id: 'slow',
      deprovision: ({ timeLeftSeconds }) => {
        const before = timeLeftSeconds()
        time += 5000
        const after = timeLeftSeconds()
        time += 60_000
        return [before, after, timeLeftSeconds()]
      },
    })
    expect(await invoke(slow, 'deprovision', {}, { now: () => new Date(time) })).toEqual([12, 7, 0])
  })

  test('passes on what the handler throws', async () => {
    const full = defineConnector({
      id: 'full',
      provision: () => {
        throw new PermanentError('No desk is free.')
      },
    })
    expect(await failure(invoke(full, 'provision', {}, {}))).toMatchObject({ message: 'No desk is free.' })
  })
})
