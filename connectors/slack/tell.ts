import type { Event, HandlerContext } from '../../src/index.ts'
import type { SlackClient } from './client.ts'
import type { SlackConfig } from './config.ts'
import { isNobody, isUnreachable, toHubError } from './errors.ts'
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
    // A person may have no Slack account, or none that can be written to. The delivery does not wait for one.
    const told = user !== null && (await postToUser({ channel: user, text: own.text }, context))
    if (!told) context.log.info({ event: event.id }, 'Nobody in Slack with the e-mail that was to be told can be told')
  })
}

/** False: this user cannot be written to. */
async function postToUser(message: { channel: string; text: string }, context: Context): Promise<boolean> {
  try {
    await post(message, context)
    return true
  } catch (thrown) {
    if (isUnreachable(thrown)) return false
    throw toHubError(thrown)
  }
}

async function postMessage(message: { channel: string; text: string }, context: Context): Promise<void> {
  await post(message, context).catch((thrown: unknown) => {
    throw toHubError(thrown)
  })
}

function post(message: { channel: string; text: string }, { client, signal }: Context) {
  const plainly = { mrkdwn: false, unfurl_links: false, unfurl_media: false }
  return client.api(signal).chat.postMessage({ ...message, ...plainly })
}

async function findUserId(email: string, { client, signal }: Context): Promise<string | null> {
  try {
    const { user } = await client.api(signal).users.lookupByEmail({ email })
    return typeof user?.id !== 'string' || user.deleted ? null : user.id
  } catch (thrown) {
    if (isNobody(thrown)) return null
    throw toHubError(thrown)
  }
}
