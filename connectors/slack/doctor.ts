import { adviseOnFailure, type DoctorCheck, type DoctorContext, errorMessage } from '../../src/index.ts'
import type { SlackClient } from './client.ts'
import type { SlackConfig } from './config.ts'
import { toHubError } from './errors.ts'

/** Checks that Slack accepts the token, and which scopes it has. Posts nothing. */
export async function doctor({ client, config }: DoctorContext<SlackClient, SlackConfig>): Promise<DoctorCheck[]> {
  const name = 'slack: token'
  try {
    const answer = await client.api(new AbortController().signal).auth.test()
    const found: DoctorCheck = { name, status: 'ok', detail: `Slack knows it as ${answer.user} of ${answer.team}` }
    return [found, ...checkScopes(answer.response_metadata?.scopes ?? [], config)]
  } catch (thrown) {
    const failure = toHubError(thrown)
    const detail = failure instanceof Error ? errorMessage(failure) : 'Slack could not be asked'
    const refused = 'Install the app to the workspace again, and set SLACK_BOT_TOKEN to its Bot User OAuth Token.'
    const fix = adviseOnFailure(failure, { vendor: 'Slack', refused })
    return [{ name, status: 'problem', detail, fix }]
  }
}

function checkScopes(scopes: readonly string[], config: SlackConfig): DoctorCheck[] {
  const name = 'slack: scopes'
  const needed = ['chat:write', ...(config.SLACK_TELL_PERSON ? ['users:read.email'] : [])]
  const missing = needed.filter((scope) => !scopes.includes(scope))
  // Slack gives `users:read` along with `users:read.email`, which cannot be had alone.
  const spare = scopes.filter((scope) => !needed.includes(scope) && scope !== 'users:read')
  if (missing.length > 0) {
    const fix = 'Add it under OAuth & Permissions, Bot Token Scopes, and install the app again.'
    return [{ name, status: 'problem', detail: `the app lacks ${missing.join(', ')}`, fix }]
  }
  if (spare.length === 0) return [{ name, status: 'ok', detail: 'the app may do what is needed, and no more' }]
  const fix = 'Take them from the app: it posts, and looks people up.'
  return [{ name, status: 'warning', detail: `the app may do more than is needed: ${spare.join(', ')}`, fix }]
}
