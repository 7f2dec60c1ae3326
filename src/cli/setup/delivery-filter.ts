import { deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import { answerWords, type DeliveryQuery } from '../../operate/deliveries.ts'
import type { CliOptions, Given } from '../terminal/command.ts'
import { readTime } from '../terminal/options.ts'
import { findClosest, WrongUsage } from '../terminal/wrong-usage.ts'

/** The options of everything that picks deliveries by what they are. */
export const filterOptions: CliOptions = {
  status: { type: 'string', value: '<status>', describe: 'only those that stand there' },
  kind: { type: 'string', value: '<kind>', describe: 'only those of this kind' },
  connector: { type: 'string', value: '<id>', describe: 'only those to this connector, such as auth0' },
  person: {
    type: 'string',
    value: '<who>',
    describe: "only those of this person: e-mail (also of a request), login, Okta's id or per_…",
  },
  event: {
    type: 'string',
    value: '<event>',
    describe: "only those of this event (evt_…, or the sender's id), or type: user.lifecycle.*",
  },
  search: {
    type: 'string',
    value: '<text>',
    describe: 'in types, codes, errors and requested e-mails; the beginning of ids, e-mails and logins',
  },
  answer: {
    type: 'string',
    value: '<answer>',
    describe: 'inline hooks so answered: approve, reject, done, unmapped, …',
  },
  since: { type: 'string', value: '<time>', describe: 'only from then on: 30m, 2h, 3d, or 2026-05-14T02:10' },
  until: { type: 'string', value: '<time>', describe: 'only before then' },
}

type DeliveryFilter = Omit<DeliveryQuery, 'folds' | 'limit' | 'before' | 'after'>

/** What these options say. All conditions hold at once; without any, it is empty. */
export function readDeliveryFilter(given: Given, now: Date): DeliveryFilter {
  const { status, kind, since, until, answer } = given
  const filter: DeliveryFilter = {}
  for (const name of ['connector', 'person', 'event', 'search'] as const) {
    const word = given[name]
    if (typeof word === 'string') filter[name] = word
  }
  if (typeof status === 'string') filter.status = readOneOf('status', status, deliveryStatuses)
  if (typeof kind === 'string') filter.kind = readOneOf('kind', kind, deliveryKinds)
  if (typeof answer === 'string') filter.answer = readOneOf('answer', answer, answerWords)
  if (since !== undefined) filter.since = readTime(since, { option: '--since', now })
  if (until !== undefined) filter.until = readTime(until, { option: '--until', now })
  if (filter.since === undefined || filter.until === undefined || filter.since < filter.until) return filter
  throw new WrongUsage({
    what: `--until ${until} is not after --since ${since}.`,
    why: 'Nothing lies between them.',
    fix: 'Give the earlier time to --since.',
  })
}

/** The one of the known words that an option gives. */
function readOneOf<Word extends string>(
  option: 'status' | 'kind' | 'answer',
  given: string,
  words: readonly Word[],
): Word {
  const known = words.find((candidate) => candidate === given)
  if (known) return known
  const meant = findClosest(given, words)
  throw new WrongUsage({
    what: `There is no ${option} "${given}".`,
    why: `A delivery is one of: ${words.join(', ')}.`,
    fix: meant ? `Did you mean --${option} ${meant}?` : 'Choose one of these.',
  })
}
