import type { Operator } from '../../src/core/operator.ts'

/** Who orders in tests, as the command line would say. */
export function operator(by = 'ann') {
  return { by, role: 'administrator', way: 'cli' } as const satisfies Operator
}
