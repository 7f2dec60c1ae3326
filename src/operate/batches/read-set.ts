import type { BatchAct, BatchTerms } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import type { BatchSet, BatchSets, Journal } from '../../journal/index.ts'
import { type DeliveryQuery, resolveFilter } from '../deliveries.ts'
import { findKnownPeople, findOnePerson, makeUnknownPersonError } from '../one-person.ts'

/** What picks the rows of a batch, in the words that people use. Each act knows some of them. */
export type BatchFilter = Omit<DeliveryQuery, 'folds' | 'limit' | 'before' | 'after' | 'requests'> & {
  /** Which way the change goes that is held. */
  direction?: HeldDirection
  /** Of a grant: the connector's own name of what was granted. */
  target?: string
  /** Ids of grants. */
  grants?: string[]
  /** E-mails, logins or ids, each of one person. */
  people?: string[]
  /** Of all people who are known at this source. */
  source?: string
}

export type BatchWish<Act extends BatchAct = BatchAct> = { act: Act; filter: BatchFilter; terms?: BatchTerms }

type Word = keyof BatchFilter
type SetJournal = Pick<Journal, 'records'>

type SetOf<Act extends BatchAct> = {
  /** The words that the act knows. */
  words: readonly Word[]
  /** Without these it is not planned; absent: any one is enough. */
  needs?: readonly Word[]
  read(journal: SetJournal, filter: BatchFilter): Promise<BatchSets[Act]>
}

const held = { words: ['direction'], needs: ['direction'] } as const
const ofDelivery = ['status', 'kind', 'connector', 'person', 'event', 'search', 'answer', 'since', 'until'] as const

const sets: { [Act in BatchAct]: SetOf<Act> } = {
  replay: {
    words: ofDelivery,
    read: async (journal, filter) => ({ deliveries: await readDeliveries(journal, filter) }),
  },
  recover: {
    words: ['since', 'until', 'connector'],
    needs: ['since'],
    read: async (_, { since = '', until, connector }) => ({ since, until, connector }),
  },
  release: { ...held, read: async (_, filter) => readDirection(filter) },
  cancel: { ...held, read: async (_, filter) => readDirection(filter) },
  end_grant: {
    words: ['grants', 'person', 'connector', 'target'],
    read: async (journal, { grants: ids, person, connector, target }) => ({
      ...{ ids, connector, target },
      people: await readNamed(journal, person),
    }),
  },
  protect: {
    words: ['people', 'search'],
    read: async (journal, filter) => ({ people: await readPeople(journal, filter) }),
  },
  enforce: {
    words: ['people', 'search', 'source'],
    read: async (journal, filter) => ({
      people: (filter.people ?? filter.search) ? await readPeople(journal, filter) : undefined,
      source: filter.source,
    }),
  },
  adopt: {
    words: ['person', 'connector', 'search'],
    read: async (journal, { person, connector, search: text }) => ({
      ...{ connector, text },
      people: await readNamed(journal, person),
    }),
  },
}

/** The words that an act knows, and those without which it is not planned. */
export function wordsOf(act: BatchAct): Pick<SetOf<BatchAct>, 'words' | 'needs'> {
  return sets[act]
}

/** Makes of a wish what selects its set. @throws UsageError where no word is given, or one names what there is not */
export async function readSet<Act extends BatchAct>(
  journal: SetJournal,
  { act, filter }: BatchWish<Act>,
): Promise<BatchSet<Act>> {
  const { words, read } = sets[act]
  if (words.every((word) => filter[word] === undefined)) throw refuseEmpty(act, words)
  return { act, of: await read(journal, filter) }
}

/** Checks what an act needs beside its rows. */
export function readTerms({ act, terms = {} }: BatchWish, clock: Clock): BatchTerms {
  const { until } = terms
  if (act !== 'protect') return {}
  if (until !== undefined && Date.parse(until) > clock.now().getTime()) return { until }
  throw new UsageError({
    what: until === undefined ? 'The end is missing.' : `Nobody can be protected until ${until}.`,
    why: 'A protection must have an end, and that lies ahead.',
    fix: 'Give a time ahead.',
    code: 'wrong_until',
  })
}

function refuseEmpty(act: BatchAct, words: readonly Word[]): UsageError {
  return new UsageError({
    what: 'No filter is given.',
    why: `A batch of everything is never what is meant: ${act} is picked by ${words.join(', ')}.`,
    fix: 'Give one, such as --status failed of a replay.',
    code: 'empty_filter',
  })
}

async function readDeliveries(journal: SetJournal, query: BatchFilter): Promise<BatchSets['replay']['deliveries']> {
  const { direction: _, target: __, grants: ___, people: ____, source: _____, ...words } = query
  const { filter, tooManyPeople } = await resolveFilter(journal, { ...words, folds: false, limit: 1 })
  if (tooManyPeople) throw refuseSearch('More than 200 people')
  const { folds, limit, ...deliveries } = filter
  return deliveries
}

function readDirection({ direction = 'deny' }: BatchFilter): BatchSets['release'] {
  return { direction }
}

async function readNamed(journal: SetJournal, person: string | undefined): Promise<string[] | undefined> {
  if (person === undefined) return undefined
  const people = await findKnownPeople(journal, person)
  if (people.length === 0) throw makeUnknownPersonError(person)
  return people.map(({ id }) => id)
}

const mostSeen = 10_000

/** Each of those who are named, and all who were seen under something that begins with the text of the search. */
async function readPeople(journal: SetJournal, { people = [], search }: BatchFilter): Promise<string[]> {
  const ids = new Set<string>()
  for (const name of people) ids.add((await findOnePerson(journal, name)).id)
  const seen =
    search === undefined ? [] : await journal.records.listPeopleSeenAs({ begin: search, limit: mostSeen + 1 })
  if (seen.length > mostSeen) throw refuseSearch(`More than ${mostSeen} people`)
  for (const { person } of seen) ids.add(person)
  return [...ids]
}

function refuseSearch(what: string): UsageError {
  return new UsageError({
    what: `${what} were seen under the text of the search.`,
    why: 'Not all of what fits would be in the set.',
    fix: 'Write more of it.',
    code: 'batch_too_large',
  })
}
