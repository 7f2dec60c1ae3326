import { defineConnector, matchesPattern } from '../../src/index.ts'
import { connect } from './client.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { toHubError } from './errors.ts'
import { tellEvent } from './tell.ts'

/** Tells a channel, and people of their own access, what happened. */
export default defineConnector({
  id: 'slack',
  config,
  connect,
  hears: ({ config, type }) => config.SLACK_EVENTS.some((pattern) => matchesPattern({ pattern, type })),
  on: { '*': tellEvent },
  doctor,
  probe: async ({ client, signal }) => {
    await client
      .api(signal)
      .auth.test()
      .catch((thrown: unknown) => {
        throw toHubError(thrown)
      })
  },
})
