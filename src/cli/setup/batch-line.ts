import type { BatchAct } from '../../core/batch.ts'
import { ownWords, UsageError } from '../../core/errors.ts'
import { type BatchOf, readBatchWish } from '../../operate/batches/read-batch-wish.ts'
import type { CliOptions, Given } from '../terminal/command.ts'
import { refuseWords } from '../terminal/options.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'
import { filterOptions, readDeliveryFilter } from './delivery-filter.ts'
import { readUntil } from './operator-orders.ts'

/** The options that pick the set of a batch. */
export const batchOptions: CliOptions = {
  direction: { type: 'string', value: '<way>', describe: 'plan release, cancel: deny, or allow' },
  target: { type: 'string', value: '<id>', describe: "plan end_grant: the connector's own name of what was granted" },
  source: { type: 'string', value: '<id>', describe: 'plan enforce: all people of this source, such as okta' },
  ...filterOptions,
  until: { type: 'string', value: '<time>', describe: 'only before then; plan protect: when it ends, such as 30d' },
}

type Asked = { names: readonly string[]; options: Given; again: string | undefined; now: Date }

/** What a line of `batch plan` wishes. Names behind the act are of grants or of people. */
export function readBatchLine(act: BatchAct, { names, options, again, now }: Asked): BatchOf {
  if (act !== 'end_grant' && !isOfPeople(act)) refuseWords(names, `batch plan ${act}`)
  const { direction: way, target, source, until, ...rest } = options
  const direction = readDirection(way)
  const isProtect = act === 'protect' && again === undefined
  const filter = {
    ...readDeliveryFilter(isProtect ? rest : { ...rest, until }, now),
    ...(direction ? { direction } : {}),
    ...(typeof target === 'string' ? { target } : {}),
    ...(typeof source === 'string' ? { source } : {}),
    ...(names.length > 0 ? { [isOfPeople(act) ? 'people' : 'grants']: [...names] } : {}),
  }
  const terms = isProtect ? { until: readUntil(until, now) } : {}
  try {
    return readBatchWish({ act, filter, terms, again })
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    throw new WrongUsage({ what: ownWords(thrown), why: thrown.why, fix: thrown.fix })
  }
}

function isOfPeople(act: BatchAct): boolean {
  return act === 'protect' || act === 'enforce'
}

function readDirection(way: Given[string]) {
  const direction = (['deny', 'allow'] as const).find((one) => one === way)
  if (direction !== undefined || way === undefined) return direction
  throw new WrongUsage({
    what: `--direction ${String(way)} is none of its words.`,
    why: 'People are held on the way out (deny) or in (allow).',
    fix: 'Write --direction deny, for instance.',
  })
}
