import { foldEmail } from './email.ts'

/**
 * The grammar of lane keys. A lane is one row of `hub.lane`: the queue of one person at one connector, or, where there
 * is no person, of one thing. In SQL the functions `hub.question_lane` and `hub.target_lane` write the same keys.
 */

/**
 * The hub itself, in the place of a connector: a person's lane there has their state read where a denial shuts them out of
 * the hub, whatever becomes of them at any connector. No connector can have this id.
 */
export const ownConnector = 'hub'

type OfAuthority = { connector: string; authority: string }

/** Everything about one person at one connector: `<connector>/<authority>/<authority id>`. */
export function personLane({ connector, authority, authorityId }: OfAuthority & { authorityId: string }): string {
  return `${connector}/${authority}/${authorityId}`
}

/** An event without a person: the id of its first target stands for one, else its own. Same form as a person's lane. */
export function eventLane({ connector, authority, id }: OfAuthority & { id: string }): string {
  return personLane({ connector, authority, authorityId: id })
}

/** The lane in which a revoke waits until it is known whose access it takes away. */
export function emailLane({ connector, authority, email }: OfAuthority & { email: string }): string {
  return `${connector}/${authority}/email:${foldEmail(email)}`
}

/** A delivery that waits for no other and keeps none waiting: each has a lane of its own. */
export function questionLane({ connector, deliveryId }: { connector: string; deliveryId: string }): string {
  return `${connector}/question:${deliveryId}`
}

/** Only leased, never claimed: keeps two people's runs from writing to one user of the target system at once. */
export function targetLane({ connector, target }: { connector: string; target: string }): string {
  return `target:${connector}:${target}`
}
