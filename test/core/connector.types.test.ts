import { expect, test } from 'vitest'
import { z } from 'zod'
import { accept, approve, defineConnector, grantable, needsApproval, reject } from '../../src/index.ts'

/**
 * The type check is the test: an unused `@ts-expect-error` is an error of its own, so every wrong use below must fail
 * to compile, and everything beside it must compile.
 */
const connectors = [
  defineConnector({
    id: 'right',
    config: z.object({ BADGE_URL: z.url() }),
    fields: z.object({ floor: z.coerce.number().int() }),
    connect: ({ config }) => ({ open: async (floor: number) => `${config.BADGE_URL}/${floor}` }),
    on: {
      'group.user_membership.add': ({ event, client }) => {
        const uuid: string | null | undefined = event.data.uuid
        const type: 'group.user_membership.add' = event.type
        return [uuid, type, client.open(1)]
      },
      'user.lifecycle.*': ({ event }) => {
        const published: string | null | undefined = event.data.published
        return published
      },
    },
    provision: async ({ request, client }) => client.open(request.fields.floor),
    preapprove: ({ request }) => (request.fields.floor < 3 ? approve() : needsApproval('The upper floors')),
    validate: ({ request }) => (request.fields.floor < 9 ? accept() : reject('There is no such floor')),
  }),

  defineConnector({
    id: 'unknown-event-type',
    on: {
      // @ts-expect-error Okta sends no event of this type
      'group.user_membership.ad': () => {},
    },
  }),

  defineConnector({
    id: 'unknown-family',
    sync: {
      // @ts-expect-error no event type lies in this family
      on: ['user.lifecycel.*'],
      plan: () => ({ changes: [] }),
      apply: () => {},
    },
  }),

  defineConnector({
    id: 'unknown-kind',
    // @ts-expect-error the kinds are provision, deprovision, preapprove and validate
    provison: () => {},
  }),

  defineConnector({
    id: 'validate-answers-nothing',
    // @ts-expect-error silence is no answer to the question whether a request is valid
    validate: () => {},
  }),

  defineConnector({
    id: 'validate-answers-true',
    // @ts-expect-error an answer is made by accept() or reject()
    validate: () => true,
  }),

  defineConnector({
    id: 'preapprove-denies',
    // @ts-expect-error a request is not turned down here: it goes to its human approvers
    preapprove: () => reject('No'),
  }),

  defineConnector({
    id: 'refusal-without-message',
    // @ts-expect-error the requester must be told why
    validate: () => reject(),
  }),

  defineConnector({
    id: 'unparsed-fields',
    // @ts-expect-error without a schema the fields cannot be read
    provision: ({ request }) => request.fields.floor,
  }),

  defineConnector({
    id: 'grants-that-is-a-promise',
    config: z.object({ BADGE_GRANTS: grantable({ target: /^door:/, error: 'is not door:<name>' }) }),
    // @ts-expect-error the hub does not wait for the allow-list: a promise has no application, so all would be refused
    grants: async ({ config }) => config.BADGE_GRANTS,
  }),

  defineConnector({
    id: 'unknown-field',
    fields: z.object({ floor: z.number() }),
    // @ts-expect-error the schema has no such field
    provision: ({ request }) => request.fields.flor,
  }),

  defineConnector({
    id: 'unknown-config',
    config: z.object({ BADGE_URL: z.url() }),
    // @ts-expect-error the schema has no such key
    provision: ({ config }) => config.BADGE_URI,
  }),

  defineConnector({
    id: 'config-that-is-none',
    // @ts-expect-error settings are read from an object of the environment
    config: z.string(),
  }),

  defineConnector({
    id: 'plan-without-changes',
    sync: {
      on: ['user.lifecycle.*'],
      // @ts-expect-error a plan says what differs, even if that is nothing
      plan: () => ({}),
      apply: () => {},
    },
  }),

  defineConnector({
    id: 'plan-without-direction',
    sync: {
      on: ['user.lifecycle.*'],
      // @ts-expect-error whether a change denies or allows decides how it may be carried out
      plan: () => ({ changes: [{ target: 'a', action: 'deny', summary: 's' }] }),
      apply: () => {},
    },
  }),

  defineConnector({
    id: 'every-kind',
    config: z.object({
      BADGE_GRANTS: grantable({ target: /^door:/, error: 'is not door:<name>' }),
      BADGE_TELL: z.string().optional(),
    }),
    grants: ({ config }) => config.BADGE_GRANTS,
    hears: ({ config, type }) => config.BADGE_TELL !== undefined && type !== 'hub.access.ended',
    on: {
      'hub.access.granted': ({ event }) => [event.data.email, event.data.until] satisfies [string, string | null],
      '*': ({ event }) => event.type,
    },
    provision: ({ person, request, timeLeftSeconds }) => {
      const id: string = person.authorityId
      const targets: string[] = request.permissions.map(({ target }) => target)
      const seconds: number = timeLeftSeconds()
      return [id, targets, seconds]
    },
    deprovision: ({ person, request }) => person?.authorityId ?? request.subject.email,
    has: async ({ request }) => request.permissions.map(({ target }) => target),
    preapprove: async () => needsApproval('It is late'),
    validate: async () => accept(),
  }),

  defineConnector({
    id: 'nobody-to-deprovision',
    // @ts-expect-error the authority may know no person with this e-mail
    deprovision: ({ person }) => person.authorityId,
  }),

  defineConnector({
    id: 'nobody-to-read-back',
    // @ts-expect-error the authority may know no person with this e-mail
    has: ({ person }) => person.links,
  }),

  defineConnector({
    id: 'person-of-a-question',
    // @ts-expect-error a question about a request is asked before a person is looked up
    validate: ({ person }) => (person ? accept() : reject('Nobody')),
  }),

  defineConnector({
    id: 'has-answers-yes',
    // @ts-expect-error which of the targets, and not whether
    has: () => true,
  }),

  defineConnector({
    id: 'grants-a-list',
    // @ts-expect-error an allow-list is by application
    grants: () => ['role:billing'],
  }),

  defineConnector({
    id: 'hears-nothing',
    // @ts-expect-error whether an event is heard is yes or no
    hears: () => 'hub.access.granted',
  }),

  defineConnector({
    id: 'preapprove-answers-nothing',
    // @ts-expect-error silence is no answer to the question whether a human is needed
    preapprove: () => {},
  }),

  defineConnector({
    id: 'no-reason',
    // @ts-expect-error the approvers must be told why
    preapprove: () => needsApproval(),
  }),

  defineConnector({
    id: 'refusal-with-empty-message',
    // @ts-expect-error an empty message tells the requester nothing
    validate: () => reject(''),
  }),

  defineConnector({
    id: 'empty-reason',
    // @ts-expect-error the approvers must be told something
    preapprove: () => needsApproval(''),
  }),

  defineConnector({
    id: 'words-made-at-run-time',
    config: z.object({ BADGE_WORDS: z.string() }),
    preapprove: ({ config }) => needsApproval(config.BADGE_WORDS),
    validate: ({ config, request }) => reject(`${config.BADGE_WORDS} ${request.application.label}`),
  }),

  defineConnector({
    id: 'approval-of-a-validation',
    // @ts-expect-error a request is accepted here, and approved elsewhere
    validate: () => approve(),
  }),

  defineConnector({
    id: 'unparsed-fields-of-a-question',
    // @ts-expect-error without a schema the fields cannot be read
    validate: ({ request }) => (request.fields.floor < 9 ? accept() : reject('No')),
  }),

  defineConnector({
    id: 'unknown-config-of-a-grant',
    config: z.object({ BADGE_URL: z.url() }),
    // @ts-expect-error the schema has no such key
    grants: ({ config }) => config.BADGE_GRANTS,
  }),

  defineConnector({
    id: 'unknown-member',
    // @ts-expect-error there is no such capability
    revoke: () => {},
  }),

  defineConnector({
    id: 'unknown-event-of-the-hub',
    on: {
      // @ts-expect-error access is granted, refused or ended
      'hub.access.revoked': () => {},
    },
  }),

  defineConnector({
    id: 'pages-with-a-place',
    async *list({ after }) {
      const from: string | undefined = after
      yield { people: [], next: `${from}+` }
      yield { people: [] }
      yield []
    },
  }),

  defineConnector({
    id: 'a-place-that-is-no-text',
    // @ts-expect-error the hub keeps it as text, and hands it back so
    list: async function* () {
      yield { people: [], next: 200 }
    },
  }),

  defineConnector({
    id: 'unknown-client',
    connect: () => ({ open: () => {} }),
    // @ts-expect-error connect made a client without this
    provision: ({ client }) => client.close(),
  }),
]

test('declaring a connector changes nothing at run time', () => {
  expect(connectors.map(({ id }) => id)).toContain('right')
  const connector = { id: 'plain', provision: () => 'done' }
  expect(defineConnector(connector)).toBe(connector)
})
