import { z } from 'zod'
import { eventPatterns, flag, secret, vendorUrl } from '../../src/index.ts'

const settings = z.object({
  SLACK_BOT_TOKEN: secret(
    z.string().trim().regex(/^xox/, { error: 'is not a bot token: it would begin with xoxb-' }),
  ).describe('The Bot User OAuth Token of a Slack app (OAuth & Permissions), with the scope chat:write.'),
  SLACK_CHANNEL: z
    .string()
    .trim()
    .regex(/^[CG][A-Z0-9]{5,}$/, { error: 'is not a channel’s id, such as C0123456789' })
    .optional()
    .describe('The id of the channel to tell, at the foot of its details in Slack. Invite the app to it.'),
  SLACK_TELL_PERSON: flag(false).describe(
    'true: also tell people by direct message of access of their own. Needs the scope users:read.email.',
  ),
  SLACK_EVENTS: eventPatterns(['hub.access.*', 'hub.alert.*']).describe(
    'Event types that are told, comma-separated. Default: hub.access.*,hub.alert.*.',
  ),
  SLACK_BASE_URL: vendorUrl()
    .optional()
    .describe('Leave it out. An origin that stands in for https://slack.com, for tests.'),
})

/** The hub's token at Slack, the channel and people that it tells, and the events that it tells of. */
export const config = settings.refine((given) => given.SLACK_CHANNEL !== undefined || given.SLACK_TELL_PERSON, {
  path: ['SLACK_CHANNEL'],
  error: 'is missing, and SLACK_TELL_PERSON is not true: nobody would be told',
})

export type SlackConfig = z.output<typeof settings>
