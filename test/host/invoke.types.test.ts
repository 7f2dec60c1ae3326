import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Connector, Preapproval, Validation } from '../../src/index.ts'
import { accept, approve, defineConnector, invoke, reject } from '../../src/index.ts'

/** As in connector.types.test.ts the type check is the test. None of these is ever called. */
const badge = defineConnector({
  id: 'badge',
  config: z.object({
    BADGE_URL: z.url(),
    BADGE_FLOORS: z.coerce.number().default(9),
    BADGE_NOTE: z.string().optional(),
  }),
  fields: z.object({ floor: z.coerce.number().int() }),
  connect: ({ config }) => ({ open: async (floor: number) => `${config.BADGE_URL}/${floor}` }),
  provision: ({ request, client }) => client.open(request.fields.floor),
  deprovision: () => {},
  has: () => ['door'],
  preapprove: () => approve(),
  validate: ({ request }) => (request.fields.floor < 9 ? accept() : reject('There is no such floor')),
})
const asker = defineConnector({ id: 'asker', validate: () => accept() })
const byKind = defineConnector({
  id: 'by-kind',
  fields: { provision: z.object({ floor: z.coerce.number() }), validate: z.object({ reason: z.string() }) },
  provision: ({ request }) => request.fields.floor.toFixed(),
  has: ({ request }) => [String(request.fields?.floor)],
  validate: ({ request }) => (request.fields.reason === '' ? reject('Say why.') : accept()),
})
const config = { BADGE_URL: 'https://badges.example.com' }

const uses = {
  right: async (some: Connector) => {
    const answers: [Preapproval, Validation, string[]] = [
      await invoke(badge, 'preapprove', {}, { config }),
      await invoke(badge, 'validate', { request: { fields: { floor: '3' } } }, { config }),
      await invoke(badge, 'has', { person: null }, { config: { ...config, BADGE_FLOORS: '3' } }),
    ]
    await invoke(badge, 'provision', { person: { links: ['a'] } }, { config, client: { open: async () => 'door' } })
    await invoke(badge, 'provision', { request: { subject: { email: 'a@example.com' } } }, { config })
    await invoke(byKind, 'provision', { request: { fields: { floor: '3' } } }, {})
    const plain: Validation = await invoke(asker, 'validate', {}, {})
    // Where types cannot tell which handlers there are, running tells.
    return [answers, plain, await invoke(some, 'validate', {}, { config: { ANY: 'text' } })]
  },

  unknownKind: () =>
    // @ts-expect-error the kinds are provision, deprovision, preapprove, validate, and has
    invoke(badge, 'provison', {}, { config }),

  missingHandler: () =>
    // @ts-expect-error this connector has validate alone
    invoke(asker, 'provision', {}, {}),

  unknownConfig: () =>
    // @ts-expect-error the schema has no such key
    invoke(badge, 'validate', {}, { config: { ...config, BADGE_URI: '' } }),

  missingConfig: () =>
    // @ts-expect-error a required key is missing
    invoke(badge, 'validate', {}, { config: {} }),

  noConfig: () =>
    // @ts-expect-error a connector with settings is not called without
    invoke(badge, 'validate', {}, {}),

  parsedConfig: () =>
    // @ts-expect-error an environment holds texts: the schema makes the number
    invoke(badge, 'validate', {}, { config: { ...config, BADGE_FLOORS: 9 } }),

  nobodyToProvision: () =>
    // @ts-expect-error access is given to a person the authority knows
    invoke(badge, 'provision', { person: null }, { config }),

  personOfAQuestion: () =>
    // @ts-expect-error a question about a request is asked before a person is looked up
    invoke(badge, 'validate', { person: {} }, { config }),

  wrongPerson: () =>
    // @ts-expect-error links are a list
    invoke(badge, 'provision', { person: { links: 'a' } }, { config }),

  wrongRequest: () =>
    // @ts-expect-error a request has a subject, and no user
    invoke(badge, 'provision', { request: { user: { email: 'a@example.com' } } }, { config }),

  wrongClient: () =>
    // @ts-expect-error connect makes another client
    invoke(badge, 'provision', {}, { config, client: { close: () => {} } }),

  fieldsOfAnotherKind: () =>
    defineConnector({
      id: 'by-kind',
      fields: { provision: z.object({ floor: z.coerce.number() }) },
      // @ts-expect-error this kind has no fields
      validate: ({ request }) => (request.fields.floor > 3 ? accept() : reject('Too low.')),
    }),

  wrongAnswer: async (): Promise<Preapproval> =>
    // @ts-expect-error validate answers a Validation
    invoke(badge, 'validate', {}, { config }),

  memberThatIsNotThere: () =>
    // @ts-expect-error it was not declared
    asker.provision,
}

test('every use above is one that the type check has judged', () => {
  expect(Object.keys(uses)).toContain('right')
})
