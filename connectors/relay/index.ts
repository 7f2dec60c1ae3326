import { defineConnector, matchesPattern } from '../../src/index.ts'
import { readPreapproval, readTargets, readValidation } from './answers.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { forwardRequest, sendMessage } from './send.ts'

/**
 * Forwards requests and events to the operator's own endpoint, signed by Standard Webhooks. It has no `probe`: the endpoint
 * answers messages alone, and one made up to try the signature would have to be known there as nothing to act on. Once it
 * is paused, the next message that falls due or comes in is the probe.
 */
export default defineConnector({
  id: 'relay',
  config,
  grants: ({ config }) => config.RELAY_GRANTS,
  provision: (context) => forwardRequest('provision', context),
  deprovision: (context) => forwardRequest('deprovision', context),
  has: async (context) => {
    if (!context.config.RELAY_ASKS_HAS) return null
    const asked = context.request.permissions.map(({ target }) => target)
    return readTargets(await forwardRequest('has', context), asked)
  },
  validate: async (context) => readValidation(await forwardRequest('validate', context)),
  preapprove: async (context) => readPreapproval(await forwardRequest('preapprove', context)),
  hears: ({ config, type }) => config.RELAY_EVENTS.some((pattern) => matchesPattern({ pattern, type })),
  on: {
    '*': ({ event, ...context }) => {
      const { type, time, data } = event
      return sendMessage({ id: context.idempotencyKey, type, timestamp: new Date(time), data }, context)
    },
  },
  doctor,
})
