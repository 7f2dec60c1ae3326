import type { JsonObject } from './json.ts'

/** What a person's status means for access. `unknown` is a status that no setting covers: no change, and an alert. */
export type Access = 'deny' | 'allow' | 'unchanged' | 'unknown'

/** What the authority said about one of its people, and when it said so. */
export type PersonState = {
  authorityId: string
  /** The authority's own word, verbatim; `gone` when it says that no person has this id any more. */
  status: string
  access: Access
  /** ISO time of the last change of status; null when the authority does not say. */
  statusChangedAt: string | null
  emails: string[]
  logins: string[]
  /** ISO time at which the authority was asked. */
  readAt: string
  /** What the authority's connector wants to know again at the person's next read: journaled with the state. */
  memory?: JsonObject
  /** The state is not certain before it is read once more, so many seconds later. */
  readAgainSeconds?: number
  /** Why `access` is `unknown`, where it is not the status alone. */
  doubt?: string
  /** The authority was not asked: assumed from a hook alone, until the next read. */
  provisional?: boolean
  /** An operator had the person's names erased: while they are denied, names that are read again are not kept. */
  erased?: true
}

/** A state without what the person is called, as `hub.strip_state` leaves it. */
export function stripNames({ memory: _, doubt: __, ...state }: PersonState): PersonState {
  return { ...state, emails: [], logins: [], erased: true }
}

/** A person as handlers see them: one (source, authority id), never an e-mail. */
export type Person = {
  id: string
  source: string
  authorityId: string
  state: PersonState
  /** Every e-mail known, folded (`foldEmail`): what the authority says now, then what it said before. */
  emails: string[]
  /** The same e-mails as the authority wrote them, for systems that mind the letter case. */
  spellings: string[]
  /** Every login known, as the authority wrote it: what it says now, then what it said before. */
  logins: string[]
  /** Ids of this person's users at the connector that is running, as earlier plans saw them. */
  links: string[]
  /** Ids that were links, and that the connector's system did not have any more when it was last asked. */
  formerLinks?: string[]
  /**
   * Others have undone the hub's block of this person again and again, or an operator lets it stay lifted for a while:
   * the connector writes its flag, and leaves the block as it is.
   */
  contested?: boolean
  /** Users that an operator has assigned to this person, even if another person's denial blocked them. */
  adopted: string[]
  /** Who else the authority knows under this e-mail, this person left out. Asked only when a plan needs it. */
  othersHolding(email: string): Promise<PersonState[]>
  /**
   * What the authority says of another of its ids, `gone` included; null when it does not say for certain: an id of
   * another org, for instance. Asked only when a plan needs it.
   */
  stateOfOther(authorityId: string): Promise<PersonState | null>
}

/** How the journal names a person in a lane. */
export type PersonKey = { source: string; authorityId: string }
