import { z } from 'zod'
import {
  accept,
  approve,
  isRecord,
  type Look,
  needsApproval,
  type Preapproval,
  parseList,
  reject,
  type Validation,
} from '../../src/index.ts'

/**
 * Reads the answer to `access.validate`.
 * @throws Error when it is none, or a refusal without a message: no request is decided by a guess
 */
export function readValidation(body: unknown): Validation {
  if (isRecord(body) && body.answer === 'accept') return accept()
  const message = isRecord(body) && body.answer === 'reject' ? toPlainText(body.message) : ''
  if (message !== '') return reject(message)
  throw new Error('The endpoint answered access.validate with neither "accept" nor "reject" and a message.')
}

/**
 * Reads the answer to `access.preapprove`.
 * @throws Error when it is none
 */
export function readPreapproval(body: unknown): Preapproval {
  if (isRecord(body) && body.answer === 'approve') return approve()
  const reason = isRecord(body) && body.answer === 'needs_approval' ? toPlainText(body.reason) : ''
  if (reason !== '') return needsApproval(reason)
  throw new Error('The endpoint answered access.preapprove with neither "approve" nor "needs_approval" and a reason.')
}

/**
 * Reads the answer to `access.has`: which of the targets asked for are there. An odd entry hides none that was named.
 * @throws Error when it is none
 */
export function readTargets(body: unknown, asked: readonly string[]): Look {
  const list = parseList(z.string(), isRecord(body) ? body.targets : undefined)
  if (list === null) throw new Error('The endpoint answered access.has without a list of "targets".')
  const why = 'The endpoint named something that is no target.'
  return {
    sights: asked.map((target) => {
      if (list.items.includes(target)) return { target, state: 'had' }
      return list.odd > 0 ? { target, state: 'unknown', why } : { target, state: 'gone' }
    }),
  }
}

const longestText = 500

/** Makes a text from outside safe to show: one line, no control characters, bounded length; empty if it is no text. */
export function toPlainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  const line = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line
}
