import type { Queue, QueueMessage } from './bindings.ts'

/** The platform's limit for a message is 128 KB; a key has 200 bytes at most or so. */
const mostKeysPerMessage = 400

/** The platform's limit for a message's delay is 24 h; what is due later than a minute is the cron's. */
type Delay = { delaySeconds: number }

/** Sends the keys of lanes that have something to do: keys alone, no word of what came. No keys: whatever is due. */
export async function sendNudges(queue: Queue, lanes: readonly string[], { delaySeconds }: Delay): Promise<void> {
  const messages = splitKeys(lanes).map((keys) => ({ body: { lanes: keys }, delaySeconds: Math.ceil(delaySeconds) }))
  await queue.sendBatch(messages)
}

function splitKeys(lanes: readonly string[]): string[][] {
  const messages: string[][] = [[...lanes.slice(0, mostKeysPerMessage)]]
  for (let i = mostKeysPerMessage; i < lanes.length; i += mostKeysPerMessage) {
    messages.push(lanes.slice(i, i + mostKeysPerMessage))
  }
  return messages
}

/** The keys that these messages carry, each once. What is no list of keys is left out: it can only have named lanes. */
export function readNudges(messages: readonly QueueMessage[]): string[] {
  return [...new Set(messages.flatMap(({ body }) => readKeys(body)))]
}

function readKeys(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || !('lanes' in body) || !Array.isArray(body.lanes)) return []
  return body.lanes.filter((key: unknown) => typeof key === 'string')
}
