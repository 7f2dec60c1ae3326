import { defineConnector, signWebhook } from '../../src/index.ts'
import { config } from './config.ts'

/**
 * Carries the hub's own alerts to one address. Each is retried by itself: that one of them cannot be delivered keeps no
 * other, and nobody's lockout, waiting.
 */
export default defineConnector({
  id: 'alerts',
  config,
  on: {
    'hub.alert.*': async ({ event, config, http, now }) => {
      const message = { type: event.type, timestamp: new Date(event.time).toISOString(), data: event.data }
      // The client sends JSON.stringify of the body: what is signed is what is sent.
      const text = JSON.stringify(message)
      // The event's id, the same at every attempt, lets the receiver tell a repetition.
      const headers = signWebhook({ id: event.id, at: now(), text }, [config.HUB_ALERT_SECRET])
      await http.post(config.HUB_ALERT_URL, message, { headers })
    },
  },
})
