import type { Clock } from '../core/clock.ts'
import type { InlineAnswer } from '../core/inline.ts'
import type { Log } from '../core/log.ts'
import type { Ingest } from '../journal/group-commit.ts'
import type { AnswerInline, InlineHook } from './inline/answer.ts'
import { inlineEvent } from './inline/new-event.ts'
import { within } from './within.ts'

type UnreadParts = { ingest: Ingest; clock: Clock; log: Log }

const journalSeconds = 2

/**
 * Keeps hooks that cannot be understood from whoever answers the others. Such a hook is no delivery, in no list: its
 * event's id, told to the sender and in the log, is the way to what came.
 */
export function recordUnread(understood: AnswerInline, parts: UnreadParts): AnswerInline {
  return {
    ...understood,
    async answer(hook) {
      const read = hook.source.inline?.parse(hook.body)
      return read && 'refused' in read ? record(hook, read.refused, parts) : understood.answer(hook)
    },
  }
}

async function record(hook: InlineHook, reason: string, { ingest, clock, log }: UnreadParts): Promise<InlineAnswer> {
  const { connector, kind } = hook
  const arrival = { ...hook, source: hook.source.id, receivedAt: clock.now().toISOString() }
  const event = inlineEvent(arrival, { clock, delivery: null, type: 'unparseable' })
  await within(ingest([event]), journalSeconds, () => {
    throw new Error(`The journal did not answer within ${journalSeconds} s.`)
  })
  log.warn({ source: arrival.source, connector, kind, event: event.id, reason }, 'An inline hook was not understood')
  return { kind: 'refused', code: 'wrong_request', reason, event: event.id }
}
