import { z } from 'zod'
import { secret, signingSecret, vendorUrl } from '../../src/index.ts'

/** Where alerts go, and the secret that says they are ours. */
export const config = z.object({
  HUB_ALERT_URL: vendorUrl().describe('The https:// address that takes alerts, by Standard Webhooks.'),
  HUB_ALERT_SECRET: secret(z.string().regex(signingSecret.pattern, { error: signingSecret.error })).describe(
    'The secret that alerts are signed with: echo "whsec_$(openssl rand -base64 32)".',
  ),
})

export type AlertsConfig = z.output<typeof config>
