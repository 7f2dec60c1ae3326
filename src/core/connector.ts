import type { z } from 'zod'
import type { AccessRequest, Grantable, Preapproval, Validation } from './access.ts'
import type { Change, Plan } from './change.ts'
import type { Command } from './command.ts'
import type { EventPattern } from './event.ts'
import type { Edges, Handler } from './handler.ts'
import type { HttpClient, Retry } from './http-client.ts'
import type { Json } from './json.ts'
import type { Tokens } from './kept-tokens.ts'
import type { Log } from './log.ts'
import type { FieldSchemas, FieldsOf } from './parse-fields.ts'
import type { Person, PersonState } from './person.ts'
import type { Settings } from './settings.ts'
import type { HasAnswer } from './sight.ts'
import type { SubjectsOf } from './signed-in.ts'

export type ConnectContext<Config> = {
  /** The instance's id, as the journal knows it: `okta`, say; it is the `source` of an authority's people. */
  id: string
  config: Config
  /** Ends every call at the outbound limit and at the lease's end. Hand it to the vendor's SDK. */
  fetch: typeof fetch
  retry: Retry
  /** Where tokens that were got outlive the client. They are dropped when the vendor refuses the client. */
  tokens: Tokens
  log: Log
}

/** What every handler gets, in one object. */
export type HandlerContext<Client, Config> = {
  client: Client
  config: Config
  http: HttpClient
  /** Aborted when the hub must not write any more. */
  signal: AbortSignal
  /** 1 on the first try. */
  attempt: number
  /** The same for every attempt of one delivery. */
  idempotencyKey: string
  log: Log
  now: () => Date
}

/** What `givenBy` gets. */
export type GivenByContext<Client, Config> = HandlerContext<Client, Config> & {
  person: Pick<Person, 'source' | 'authorityId'>
  target: string
  /** ISO time: the person did not have the target then. */
  since: string
  /** What this connector's own source told of the person since then, the newest first. */
  events: readonly { type: string; time: string; data: Json }[]
}

/** What `probe` gets. */
export type ProbeContext<Client, Config> = Omit<HandlerContext<Client, Config>, 'attempt' | 'idempotencyKey' | 'now'>

export type SyncContext<Client, Config> = HandlerContext<Client, Config> & {
  person: Person
  /** The newest event behind this run. */
  cause: { eventId: string; type: string; time: string }
}

export type PlanContext<Client, Config> = SyncContext<Client, Config> & {
  /** Given when a plan verifies: look at these alone, by id, and search for nothing. */
  targets?: readonly string[]
  /**
   * Given when a person whose work was done is looked at again: `ids` reads the targets that are known, `search` looks
   * for others too. What may be another person's by now belongs into `doubtful`, and is not touched.
   */
  look?: 'ids' | 'search'
}

export type ApplyContext<Client, Config> = SyncContext<Client, Config> & { change: Change }

/**
 * A remark on a change that was carried out in a lesser way, such as "not on this plan". `missing`: the vital part was
 * written, and the vendor refused the rest: what that is. It is alerted and tried again, and stops nothing else.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most changes have nothing to remark, and return nothing
export type Applied = { note: string; missing?: string } | void

type Sync<Client, Config> = {
  on: readonly EventPattern[]
  /** What differs between what is and what should be. Reads only. An empty plan means: all is as it should be. */
  plan: Handler<PlanContext<Client, Config>, Plan>
  /** Carries out one change. Idempotent: it may be called again after a crash. */
  apply: Handler<ApplyContext<Client, Config>, Applied>
}

/** `certain`: the authority itself said that it has no person with this id. A proxy's 404 is not certain. */
export type NotFound = { notFound: true; certain: boolean; detail: string }

export type ReadContext<Client, Config> = {
  client: Client
  config: Config
  signal: AbortSignal
  log: Log
  now: () => Date
}

export type ListContext<Client, Config> = ReadContext<Client, Config> & {
  /** ISO time: list only people who changed at or after it. Left out: list all people. */
  since?: string
  /** The `next` of a page of an earlier call with the same `since`: go on behind that page. Left out: begin anew. */
  after?: string
  /**
   * Waits so long, and until the vendor's limit has room for background work: call it before each further page, with 0
   * where nothing else asks for a wait. Rejects when the hub gives the listing up.
   */
  wait(seconds: number): Promise<void>
}

/**
 * A page of people. `next` names the place behind it, in the connector's own words: a process that is cut off has another
 * one go on there. Left out: that one begins anew. A place that is not valid any more is a `PermanentError`.
 */
export type ListedPage = { people: readonly PersonState[]; next?: string }

export type DoctorCheck = { name: string; status: 'ok' | 'warning' | 'problem'; detail: string; fix?: string }

export type DoctorContext<Client, Config> = {
  client: Client
  config: Config
  fetch: typeof fetch
  /** The hub's own address as the vendor sees it, when configured. */
  publicUrl?: string
  /** Texts of files that belong to the hub, such as the bundled Action. */
  file(name: string): Promise<string>
}

/** A question about a request: `validate` and `preapprove` get it. Nothing is written to answer it. */
export type RequestContext<Client, Config, Fields> = HandlerContext<Client, Config> & {
  request: AccessRequest<Fields>
  /** Seconds until the sender has given up; never below 0. The signal is aborted then. */
  timeLeftSeconds(): number
}

/** Access is given to a person whom the authority knows and allows. */
export type ProvisionContext<Client, Config, Fields> = RequestContext<Client, Config, Fields> & { person: Person }

/**
 * Access is taken away, or looked at. Null: the authority knows no person with this e-mail, and never did; the handler has the
 * e-mail alone. A review that takes access away asks no questions: then there are no fields.
 */
export type DeprovisionContext<Client, Config, Fields> = RequestContext<Client, Config, Fields | undefined> & {
  person: Person | null
}

/**
 * One outside system. Every member but the id is optional: a capability is a member.
 * @typeParam C - config schema, every key of it described; read from the environment once, at start
 * @typeParam F - schema of the intake fields of requests, or one for each kind
 * @typeParam Client - what `connect` returns
 */
export type Connector<C extends Settings = Settings, F extends FieldSchemas = FieldSchemas, Client = unknown> = {
  id: string
  config?: C
  fields?: F
  connect?: Handler<ConnectContext<z.output<C>>, Client>
  /** An authority has this: the true state of one person, by id. */
  read?: Handler<
    ReadContext<Client, z.output<C>> & { authorityId: string; known?: PersonState | null },
    PersonState | NotFound
  >
  /** Of an authority: an event, besides those that connectors name, after which a person's state may be another one. */
  moves?: { answer(context: { config: z.output<C>; type: string; data: Json }): boolean }['answer']
  /** All people at the authority who have this e-mail. */
  holders?: Handler<ReadContext<Client, z.output<C>> & { email: string }, PersonState[]>
  /**
   * All people of the authority, or those who changed since, in any status, in pages. A person may come twice. A page
   * that is a plain list has no place behind it: who is cut off there begins anew.
   */
  list?: Handler<ListContext<Client, z.output<C>>, AsyncIterable<PersonState[] | ListedPage>>
  sync?: Sync<Client, z.output<C>>
  /**
   * Ids of the authorities whose people it acts on, from its setting `<ID>_AUTHORITIES`; none: all of them. The hub starts
   * with several authorities only when it names some, and each of those is configured. Synchronous.
   */
  actsFor?: { list(context: { config: z.output<C> }): readonly string[] }['list']
  /** Who signed in, where its own vendor is the issuer of the console's sign-in. From the configuration, without a call. */
  subjectsOf?: SubjectsOf<z.output<C>>
  /** Edge-triggered: every event, in order. */
  on?: Edges<HandlerContext<Client, z.output<C>>>
  /** Narrows `on` by configuration: an event whose type it refuses is not delivered here. */
  hears?: { answer(context: { config: z.output<C>; type: string }): boolean }['answer']
  /**
   * The allow-list of what may be granted, from the configuration: see `grantable`. What is not in it is refused before
   * any handler is called. Without this member the secret of the hook alone says which application may be asked for.
   * Synchronous: the hub does not wait for it, and would find nothing in a promise.
   */
  grants?: { list(context: { config: z.output<C> }): Grantable }['list']
  /** Gives all that is asked for. Idempotent. Throwing `PermanentError` refuses the request, with the reason. */
  provision?: Handler<ProvisionContext<Client, z.output<C>, FieldsOf<F, 'provision'>>, unknown>
  /**
   * Takes all of it away. Idempotent, and done when there is nothing (any more) to take away. "I was not told of it" is not
   * that: only what was seen to be gone is.
   */
  deprovision?: Handler<DeprovisionContext<Client, z.output<C>, FieldsOf<F, 'deprovision'>>, unknown>
  /**
   * Which of the targets asked for the subject has at this moment; reads only. With it the hub tells what was there
   * before from what it gave, believes only what it reads back, and clears up a grant that was cut off. A `Look` also
   * says what could not be told. Null: by its configuration it cannot tell, and all is as without this member.
   */
  has?: Handler<DeprovisionContext<Client, z.output<C>, FieldsOf<F, 'has'>>, HasAnswer>
  /**
   * Who gave the person a target that the hub had taken away, in words for an operator; null: the vendor does not say. From
   * the events that are handed in, or else read at the vendor. What it throws is taken for null.
   */
  givenBy?: Handler<GivenByContext<Client, z.output<C>>, string | null>
  preapprove?: Handler<RequestContext<Client, z.output<C>, FieldsOf<F, 'preapprove'>>, Preapproval>
  validate?: Handler<RequestContext<Client, z.output<C>, FieldsOf<F, 'validate'>>, Validation>
  doctor?: Handler<DoctorContext<Client, z.output<C>>, DoctorCheck[]>
  /**
   * What the connector's work rests on at the vendor and others may change. The running hub reads it at its start and
   * every hour, and alerts each `problem`; what cannot be told is a `warning`.
   */
  watch?: Handler<DoctorContext<Client, z.output<C>>, DoctorCheck[]>
  /**
   * Reads something that concerns no person and no object, with the credential of the other calls. The hub asks it when a
   * call threw `ObjectRefusedError`: if this is refused too, the credential is, and the connector pauses.
   */
  probe?: Handler<ProbeContext<Client, z.output<C>>, unknown>
  /** What an administrator does once, with stronger credentials: `npm run hub -- <id> <name>`. */
  commands?: Record<string, Command>
}

/**
 * Declares a connector. It changes nothing at run time; it is there so that everything is inferred, wrong use does not
 * compile, and a member that was not declared is not there to be called.
 */
export function defineConnector<
  C extends Settings,
  Member extends keyof Connector,
  F extends FieldSchemas = undefined,
  Client = undefined,
>(connector: Connector<C, F, Client> & { [M in Member]?: unknown }): Pick<Connector<C, F, Client>, Member | 'id'> {
  return connector
}
