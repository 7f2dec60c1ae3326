import type { Context } from 'hono'
import type { z } from 'zod'
import { redactText } from '../../core/redact.ts'
import { sendApiProblem } from './problems.ts'

const places: Readonly<Record<string, string>> = { param: 'path', query: 'query', header: 'header', json: 'body' }

type Checked = { target: string } & ({ success: true } | { success: false; error: z.core.$ZodError })

/** Refuses a request that does not fit the schema of its route, with every input that is wrong. */
export function refuseWrongInput(checked: Checked, c: Context): Response | undefined {
  if (checked.success) return undefined
  const errors = checked.error.issues.map((issue) => ({
    in: places[checked.target] ?? checked.target,
    name: issue.path.join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : ''),
    why: redactText(issue.message),
  }))
  const [first] = errors
  const detail = first ? `${first.name} (${first.in}): ${first.why}` : 'An input does not fit.'
  return sendApiProblem(c, 'wrong_parameter', { detail, errors })
}
