import type { Event, HandlerContext } from '../../src/index.ts'
import type { SlackClient } from './client.ts'
import type { SlackConfig } from './config.ts'
import { refusalOf, slackError } from './errors.ts'
import { channelText, personText } from './text.ts'

type Context = HandlerContext<SlackClient, SlackConfig> & { event: Event }

/** Tells the channel, and whoever's access it is, if so configured. */
export async function tell(context: Context): Promise<void> {
  const { client, config, event, idempotencyKey } = context
  if (config.SLACK_CHANNEL !== undefined) {
    const message = { channel: config.SLACK_CHANNEL, text: channelText(event) }
    await client.once(`${idempotencyKey} channel`, () => post(message, context))
  }
  const own = config.SLACK_TELL_PERSON ? personText(event) : null
  if (!own) return
  await client.once(`${idempotencyKey} person`, async () => {
    const user = await userOf(own.email, context)
    // Not everybody is in Slack: no reason to keep the delivery waiting.
    if (user === null) context.log.info({ event: event.id }, 'Nobody in Slack has the e-mail that was to be told')
    else await post({ channel: user, text: own.text }, context)
  })
}

async function post(message: { channel: string; text: string }, { client, signal }: Context): Promise<void> {
  const plainly = { mrkdwn: false, unfurl_links: false, unfurl_media: false }
  await client
    .api(signal)
    .chat.postMessage({ ...message, ...plainly })
    .catch((thrown: unknown) => {
      throw slackError(thrown)
    })
}

async function userOf(email: string, { client, signal }: Context): Promise<string | null> {
  try {
    const { user } = await client.api(signal).users.lookupByEmail({ email })
    if (typeof user?.id !== 'string') throw new Error('Slack found a user without an id')
    return user.deleted ? null : user.id
  } catch (thrown) {
    if (refusalOf(thrown) === 'users_not_found') return null
    throw slackError(thrown)
  }
}
