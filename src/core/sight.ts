import { HandlerFaultError } from './errors.ts'
import { isRecord } from './json.ts'

/**
 * What a connector saw of one target. "I was not told" has states of its own, so that it cannot be returned as "it is
 * not there".
 * - `had`: it is there.
 * - `invited`: it is not taken up yet, and can be at any moment. It counts as had.
 * - `gone`: the place where it would be was seen, and it is not there.
 * - `nobody`: no account of the person is known. Not there, for a person who was never given it; of access that the hub
 *   gave, it tells nothing.
 * - `unknown`: it could not be told, and `why`.
 */
export type TargetSight = { target: string } & (
  | { state: 'had' | 'invited' | 'gone' | 'nobody' }
  | { state: 'unknown'; why: string }
)

/**
 * The full answer of `has`: one sight for each target; one that is left out is unknown. `links`: ids of the person's
 * accounts there. They are remembered with a grant, and come back as `person.links` when it is taken away.
 */
export type Look = { sights: readonly TargetSight[]; links?: readonly string[] }

/** A plain list names the targets that are there: the connector answers for it that the others are not. */
export type HasAnswer = string[] | Look | null

/** What was seen of all targets asked for; `had` has those that are only invited, too. */
export type Seen = {
  had: string[]
  invited: string[]
  nobody: string[]
  unknown: { target: string; why: string }[]
  links: string[]
}

/**
 * Reads what `has` answered; null: by its configuration the connector cannot tell.
 * @throws HandlerFaultError when it is no answer: nothing is concluded from that
 */
export function readSights(answer: unknown, asked: readonly string[]): Seen | null {
  if (answer === null) return null
  if (Array.isArray(answer)) return { had: answer.map(String), invited: [], nobody: [], unknown: [], links: [] }
  if (!isLook(answer)) throw new HandlerFaultError('The connector answered "has" with neither targets nor sights.')
  const sights = asked.map((target) => answer.sights.find((sight) => sight.target === target) ?? makeUnknown(target))
  const inState = (...states: TargetSight['state'][]) =>
    sights.flatMap(({ state, target }) => (states.includes(state) ? [target] : []))
  return {
    had: inState('had', 'invited'),
    invited: inState('invited'),
    nobody: inState('nobody'),
    unknown: sights.flatMap((sight) => (sight.state === 'unknown' ? [{ target: sight.target, why: sight.why }] : [])),
    links: [...(answer.links ?? [])],
  }
}

/** Why a target is unknown of which the answer has no sight. */
export const unsaid = 'The connector did not say.'

function makeUnknown(target: string): TargetSight {
  return { target, state: 'unknown', why: unsaid }
}

function isLook(answer: unknown): answer is Look {
  return isRecord(answer) && Array.isArray(answer.sights)
}
