import type { Environment, Problem } from '../core/settings.ts'

/** PostgreSQL, reached through Hyperdrive's pool. */
export type Hyperdrive = { connectionString: string }

export type QueueMessage = { body: unknown }

/** The queue of nudges. */
export type Queue = {
  send(body: unknown, options?: { delaySeconds?: number }): Promise<unknown>
  sendBatch(messages: Iterable<{ body: unknown; delaySeconds?: number }>): Promise<unknown>
}

/** Several messages of a queue, of which all are taken or all come again. */
export type MessageBatch = {
  readonly messages: readonly QueueMessage[]
  retryAll(options?: { delaySeconds?: number }): void
}

/** What an invocation is given beside its request. */
export type ExecutionContext = {
  /** Keeps the invocation alive after its answer, for 30 s at most. */
  waitUntil(work: Promise<unknown>): void
}

/** The bindings and variables of a Worker, as the platform hands them over. */
export type WorkerEnvironment = Readonly<Record<string, unknown>>

export type Bindings = { HYPERDRIVE: Hyperdrive; NUDGES: Queue }

export type ReadBindings = {
  /** Null: one is missing, and `problems` names it. */
  bindings: Bindings | null
  /** Each by itself; null: it is missing. */
  found: { [Name in keyof Bindings]: Bindings[Name] | null }
  /** The variables and secrets: all that is text. */
  environment: Environment
  problems: Problem[]
}

/** Takes the bindings out of a Worker's environment; all else that is text is a setting. */
export function readBindings(env: WorkerEnvironment): ReadBindings {
  const HYPERDRIVE = isHyperdrive(env.HYPERDRIVE) ? env.HYPERDRIVE : null
  const NUDGES = isQueue(env.NUDGES) ? env.NUDGES : null
  const texts = Object.entries(env).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
  const problems: Problem[] = []
  if (!HYPERDRIVE) problems.push(describeMissing('HYPERDRIVE', 'Hyperdrive', 'hyperdrive'))
  if (!NUDGES) problems.push(describeMissing('NUDGES', 'queue', 'queues.producers'))
  const bindings = HYPERDRIVE && NUDGES ? { HYPERDRIVE, NUDGES } : null
  return { bindings, found: { HYPERDRIVE, NUDGES }, environment: Object.fromEntries(texts), problems }
}

function describeMissing(setting: string, what: string, table: string): Problem {
  return {
    setting,
    what: `is missing: this Worker has no ${what} binding of that name`,
    fix: `Put a [[${table}]] with binding = "${setting}" into wrangler.toml, and deploy again.`,
  }
}

function isHyperdrive(value: unknown): value is Hyperdrive {
  return has(value, 'connectionString') && typeof value.connectionString === 'string'
}

function isQueue(value: unknown): value is Queue {
  return has(value, 'send') && typeof value.send === 'function'
}

function has<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && name in value
}
