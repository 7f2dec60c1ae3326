import type { Event, HandlerContext } from '../../src/index.ts'
import type { SlackClient } from './client.ts'
import type { SlackConfig } from './config.ts'
import { readRefusal, toHubError } from './errors.ts'
import { writeChannelText, writePersonText } from './text.ts'

type Context = HandlerContext<SlackClient, SlackConfig> & { event: Event }

/** Posts an event to the channel and, if so configured, to the person whose access it is about. */
export async function tellEvent(context: Context): Promise<void> {
  const { client, config, event, idempotencyKey } = context
  if (config.SLACK_CHANNEL !== undefined) {
    const message = { channel: config.SLACK_CHANNEL, text: writeChannelText(event) }
    await client.once(`${idempotencyKey} channel`, () => postMessage(message, context))
  }
  const own = config.SLACK_TELL_PERSON ? writePersonText(event) : null
  if (!own) return
  await client.once(`${idempotencyKey} person`, async () => {
    const user = await findUserId(own.email, context)
    // A person may have no Slack account. The delivery does not wait for one.
    if (user === null) context.log.info({ event: event.id }, 'Nobody in Slack has the e-mail that was to be told')
    else await postMessage({ channel: user, text: own.text }, context)
  })
}

async function postMessage(message: { channel: string; text: string }, { client, signal }: Context): Promise<void> {
  const plainly = { mrkdwn: false, unfurl_links: false, unfurl_media: false }
  await client
    .api(signal)
    .chat.postMessage({ ...message, ...plainly })
    .catch((thrown: unknown) => {
      throw toHubError(thrown)
    })
}

async function findUserId(email: string, { client, signal }: Context): Promise<string | null> {
  try {
    const { user } = await client.api(signal).users.lookupByEmail({ email })
    if (typeof user?.id !== 'string') throw new Error('Slack found a user without an id')
    return user.deleted ? null : user.id
  } catch (thrown) {
    if (readRefusal(thrown) === 'users_not_found') return null
    throw toHubError(thrown)
  }
}
