import { defineConnector, matchesPattern } from '../../src/index.ts'
import { preapprovalOf, targetsHad, validationOf } from './answers.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { forward } from './forward.ts'
import { send } from './send.ts'

/** Forwards requests and events to an endpoint of one's own, signed by Standard Webhooks. */
export default defineConnector({
  id: 'relay',
  config,
  grants: ({ config }) => config.RELAY_GRANTS,
  provision: (context) => forward('provision', context),
  deprovision: (context) => forward('deprovision', context),
  has: async (context) => {
    if (!context.config.RELAY_ASKS_HAS) return null
    const asked = context.request.permissions.map(({ target }) => target)
    return targetsHad(await forward('has', context), asked)
  },
  validate: async (context) => validationOf(await forward('validate', context)),
  preapprove: async (context) => preapprovalOf(await forward('preapprove', context)),
  hears: ({ config, type }) => config.RELAY_EVENTS.some((pattern) => matchesPattern({ pattern, type })),
  on: {
    '*': ({ event, ...context }) => {
      const { type, time, data } = event
      return send({ id: context.idempotencyKey, type, timestamp: new Date(time), data }, context)
    },
  },
  doctor,
})
