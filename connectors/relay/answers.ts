import { accept, approve, isRecord, needsApproval, type Preapproval, reject, type Validation } from '../../src/index.ts'
import { plainText } from './plain-text.ts'

/**
 * Reads the answer to `access.validate`.
 * @throws Error when it is none, or a refusal without a message: nobody's request is decided by a guess
 */
export function validationOf(body: unknown): Validation {
  if (isRecord(body) && body.answer === 'accept') return accept()
  const message = isRecord(body) && body.answer === 'reject' ? plainText(body.message) : ''
  if (message !== '') return reject(message)
  throw new Error('The endpoint answered access.validate with neither "accept" nor "reject" and a message.')
}

/**
 * Reads the answer to `access.preapprove`.
 * @throws Error when it is none
 */
export function preapprovalOf(body: unknown): Preapproval {
  if (isRecord(body) && body.answer === 'approve') return approve()
  const reason = isRecord(body) && body.answer === 'needs_approval' ? plainText(body.reason) : ''
  if (reason !== '') return needsApproval(reason)
  throw new Error('The endpoint answered access.preapprove with neither "approve" nor "needs_approval" and a reason.')
}

/**
 * Reads the answer to `access.has`: of the targets asked for, those that are there.
 * @throws Error when it is none
 */
export function targetsHad(body: unknown, asked: readonly string[]): string[] {
  const targets: unknown = isRecord(body) ? body.targets : undefined
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string')) {
    throw new Error('The endpoint answered access.has without a list of "targets".')
  }
  return asked.filter((target) => targets.includes(target))
}
