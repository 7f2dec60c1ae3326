import type { Sql } from 'postgres'
import type { CliAnswer } from '../support/cli.ts'

export type RuntimeName = 'node' | 'pooler' | 'edge'

/** A hub of one runtime, with an empty journal of its own, seen as its senders and its operator see it. */
export type RunningHub = AsyncDisposable & {
  url: string
  /** SIGKILL, and a new one at the same address on the same journal. */
  restart(): Promise<void>
  /** What the runtime's clock does once a minute. Node has none: the hub keeps its own time. */
  tick(): Promise<void>
  /** Ends the database's processes; resolves when none answers. */
  databaseDown(): Promise<void>
  /** Resolves when the database answers again. */
  databaseUp(): Promise<void>
  /** Runs an operator's command against the hub's database, as a process of its own. */
  operate(...args: string[]): Promise<CliAnswer>
  /** The journal, read past the hub and its pooler. */
  sql: Sql
  /** The last lines of the hub's log, for a case that fails. */
  log(): readonly string[]
}

type StartQuestion = {
  env: Record<string, string>
  /** `test` has shorter waits; `shipped` is what an operator starts. */
  entry?: 'test' | 'shipped'
}

/** One place where the hub runs, and how it is started there. */
export type Runtime = AsyncDisposable & {
  name: RuntimeName
  /** For the head of the report: `Node 24 with the embedded PostgreSQL`. */
  title: string
  start(question: StartQuestion): Promise<RunningHub>
}
