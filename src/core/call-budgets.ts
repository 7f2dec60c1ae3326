import { type CallBudget, makeCallBudget, type TakeCalls } from './call-budget.ts'
import type { Clock } from './clock.ts'
import type { ConfiguredConnector } from './policy.ts'

/** Makes what makes the budget of each configured connector, over one ledger. */
export function makeCallBudgets({
  takeCalls,
  clock,
}: {
  takeCalls: TakeCalls
  clock: Clock
}): (connector: ConfiguredConnector) => CallBudget {
  return ({ id: connector, callsPerSecond: stated }) => makeCallBudget({ connector, stated, takeCalls, clock })
}
