import type { Clock } from '../core/clock.ts'
import type { PersonState } from '../core/person.ts'
import { abortableWait } from '../core/wait.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import { makeUnknownPersonError } from './one-person.ts'
import { type GoLiveRow, makePlanNow } from './plan-now.ts'

/** What vendors say of a person now. Nothing of it is journaled. */
export type PersonLook = {
  person: string
  /** When it was begun. */
  at: string
  /** The authority's own word; null: it gave none, and `error` says why. */
  state: PersonState | null
  error: string | null
  /** What was read at each connector; nothing to change and no error: there all is as it should be. */
  connectors: Pick<GoLiveRow, 'connector' | 'direction' | 'changes' | 'conflicts' | 'stopped' | 'error'>[]
}

export type LookAtPerson = (person: string) => Promise<PersonLook>

/** A vendor that has not answered by then is said to have not. */
const lookSeconds = 20

/**
 * Makes what reads a person anew at the authority and at every connector, as a run would, and writes nothing. One look at
 * a person is under way at a time: who asks meanwhile gets the same. A vendor's rate limit is not waited for, because
 * lockouts share it.
 * @throws UsageError when nobody has this id
 */
export function makeLookAtPerson(needs: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  clock: Clock
}): LookAtPerson {
  const running = new Map<string, Promise<PersonLook>>()
  return (person) => {
    const look = running.get(person) ?? readNow(needs, person).finally(() => running.delete(person))
    running.set(person, look)
    return look
  }
}

async function readNow(needs: Parameters<typeof makeLookAtPerson>[0], id: string): Promise<PersonLook> {
  const [person] = await needs.journal.records.readKnownPeople([id])
  if (!person) throw makeUnknownPersonError(id)
  const over = new AbortController()
  const late = new AbortController()
  const tooLate = new Error(`It did not answer within ${lookSeconds} s.`)
  void abortableWait(lookSeconds, over.signal).then(
    () => late.abort(tooLate),
    () => {},
  )
  const at = needs.clock.now().toISOString()
  const planNow = makePlanNow({ ...needs, signal: late.signal, tries: 1, wait: async () => {} }, { tellRefused: true })
  try {
    const { state, error, rows } = await planNow(person)
    return { person: id, at, state, error, connectors: state ? rows : [] }
  } finally {
    over.abort()
  }
}
