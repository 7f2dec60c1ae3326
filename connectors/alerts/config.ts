import { z } from 'zod'
import { secret, vendorUrl } from '../../src/index.ts'

/** Where alerts go, and the secret that says they are ours. */
export const config = z.object({
  HUB_ALERT_URL: vendorUrl().describe('The https:// address that takes alerts, by Standard Webhooks.'),
  HUB_ALERT_SECRET: secret(
    z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, { error: 'is not whsec_ and 24 to 64 bytes in base64' }),
  ).describe('The secret that alerts are signed with: echo "whsec_$(openssl rand -base64 32)".'),
})

export type AlertsConfig = z.output<typeof config>
