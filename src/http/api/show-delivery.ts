import type { z } from '@hono/zod-openapi'
import { isRecord } from '../../core/json.ts'
import type { ShownDelivery } from '../../operate/shown.ts'
import type { shownDelivery } from './delivery-schema.ts'

/** Shows a delivery with what was asked for, without what is for an auditor alone: the comment and the intake fields. */
export function showDelivery({ inline, ...rest }: ShownDelivery): z.input<typeof shownDelivery> {
  if (!inline) return { ...rest, asked: null }
  const { subject, application, permissions, accessLengthSeconds } = inline.asked
  const answer = isRecord(inline.answer) && typeof inline.answer.answer === 'string' ? inline.answer.answer : null
  const what = { email: subject.email, application: application.label, permissions, accessLengthSeconds }
  return { ...rest, asked: { ...what, answer, isEnd: inline.isEnd } }
}
