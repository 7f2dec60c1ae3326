import { z } from 'zod'
import { defineConnector, secret, signingSecret, signWebhook, vendorUrl } from '../../src/index.ts'

/** The address that takes alerts, and the secret by which its receiver recognises the hub. */
export const config = z.object({
  HUB_ALERT_URL: vendorUrl().describe('The https:// address that takes alerts, by Standard Webhooks.'),
  HUB_ALERT_SECRET: secret(z.string().regex(signingSecret.pattern, { error: signingSecret.error })).describe(
    'The secret that alerts are signed with: echo "whsec_$(openssl rand -base64 32)".',
  ),
})

export type AlertsConfig = z.output<typeof config>

/**
 * Sends the hub's own alerts to one address. Each is a delivery of its own: one that fails delays neither the others nor
 * a person's lockout.
 */
export default defineConnector({
  id: 'alerts',
  config,
  on: {
    'hub.alert.*': async ({ event, config, http, now }) => {
      const message = { type: event.type, timestamp: new Date(event.time).toISOString(), data: event.data }
      // The client sends JSON.stringify of the body: what is signed is what is sent.
      const text = JSON.stringify(message)
      // The event's id is the same at every attempt, so that the receiver recognises a repetition.
      const headers = signWebhook({ id: event.id, at: now(), text }, [config.HUB_ALERT_SECRET])
      await http.post(config.HUB_ALERT_URL, message, { headers })
    },
  },
})
