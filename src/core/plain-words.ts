import type { z } from 'zod'

const numbers: readonly string[] = ['number', 'int', 'bigint']

/** What is wrong with a value, for a person: what a schema says by itself speaks of types. Never the value. */
export function plainWords(issue: z.core.$ZodIssue): string {
  // It would name keys of the value.
  if (issue.code === 'unrecognized_keys') return 'has parts that are not known'
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message
  if (issue.code === 'invalid_value') return `is not ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`
  if (issue.code === 'invalid_type')
    return numbers.includes(issue.expected) ? 'is not a number' : 'is of the wrong type'
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'is out of range'
  return 'is not one of the values that it can have'
}
