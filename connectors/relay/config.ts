import { z } from 'zod'
import { eventPatterns, flag, grantable, list, secret, signingSecret, vendorUrl } from '../../src/index.ts'

/** The endpoint that requests and events are forwarded to, and the secrets by which it recognises the hub. */
export const config = z.object({
  RELAY_URL: vendorUrl().describe('The https:// address of your own endpoint: see connectors/relay/README.md.'),
  RELAY_SECRETS: secret(
    list()
      .refine((secrets) => secrets.length > 0, { error: 'has no secret in it' })
      .refine((secrets) => secrets.every((one) => signingSecret.pattern.test(one)), {
        error: `has something that ${signingSecret.error}`,
      }),
  ).describe(
    'The secrets that messages are signed with, comma-separated: echo "whsec_$(openssl rand -base64 32)". Two during a rotation.',
  ),
  RELAY_GRANTS: grantable({ target: /\S/, error: 'is empty' }).describe(
    'What may be given there, as JSON: {"<application>": {"<permission>": "<your own word for it>"}}.',
  ),
  RELAY_EVENTS: eventPatterns([]).describe(
    'Event types that are forwarded, comma-separated: hub.access.*, or * for all.',
  ),
  RELAY_ASKS_HAS: flag(false).describe('true: your endpoint can say what somebody has, and is asked (access.has).'),
})

export type RelayConfig = z.output<typeof config>
