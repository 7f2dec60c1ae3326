import type { Context } from 'hono'
import { problem } from './problem.ts'

/** A body that no door of the hub reads any further. */
export function notJson(c: Context): Response {
  return problem(c, {
    status: 400,
    code: 'not_json',
    title: 'Not JSON',
    detail: 'The body of a hook is a JSON document.',
  })
}
