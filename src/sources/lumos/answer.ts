import { z } from 'zod'
import type { InlineAnswer } from '../../core/access.ts'
import { jsonSetting } from '../../core/settings.ts'

const value = z.union([z.string(), z.boolean(), z.number()])

const table = z.strictObject({
  approve: value.default(true),
  needs_approval: value.default(false),
  accept: value.default(true),
  reject: value.default(false),
  message_key: z.string().min(1).default('error_message'),
  reason_key: z.string().min(1).default('reason_for_preapproval'),
})

type LumosAnswers = z.output<typeof table>

/**
 * How an answer is put into Lumos' words. That `response` is the key, and that what stands under `output` is read
 * first, is documented (Lumos help centre: creating webhooks, 5533130213). Which values it takes, and under which key
 * the requester's message stands, is in no public text: the defaults are a guess, and this table is there to mend it.
 */
export function lumosAnswers(): z.ZodType<LumosAnswers, string | undefined> {
  const keys = Object.keys(table.shape).join(', ')
  const error = `is not a JSON object with some of: ${keys}`
  return jsonSetting({ schema: table, error }).default(table.parse({}))
}

type Question = {
  answer: Extract<InlineAnswer, { kind: 'preapprove' | 'validate' }>
  answers: LumosAnswers
  form: 'output' | 'bare'
}

export function renderLumosAnswer({ answer, answers, form }: Question): unknown {
  const said = answer.answer
  const response = answers[said.answer]
  const words =
    said.answer === 'reject'
      ? { [answers.message_key]: said.message }
      : said.answer === 'needs_approval'
        ? { [answers.reason_key]: said.reason }
        : {}
  const data = { ...words, response }
  return form === 'output' ? { output: data } : data
}
