import type { AuditAct } from '../../core/audit.ts'
import type { Environment } from '../../core/settings.ts'
import type { Terminal } from './terminal.ts'

type CliOption = {
  type: 'string' | 'boolean'
  describe: string
  value?: string
  short?: string
  /** It may come several times: all values are in `Call.repeated`. */
  repeats?: true
}

export type CliOptions = Record<string, CliOption>

export type Given = Record<string, string | boolean | undefined>

export type Call = {
  /** What stands behind the command and is no option. */
  words: string[]
  options: Given
  /** All values, in their order, of each given option that may come several times. */
  repeated: Record<string, string[]>
  environment: Environment
  terminal: Terminal
}

/** One command: what `--help` says of it, and what it does. */
export type CliCommand = {
  /** Words and options behind `npm run hub --`. */
  usage: string
  /** What it does, in a few lines, each short enough for a terminal. */
  help: string
  options: CliOptions
  examples: string[]
  /** When it ends with 0, and when with 1. */
  exits: { ok: string; no: string }
  /** It goes on after `run` has returned, until it is told to end. */
  staysUp?: boolean
  /** It prints credentials of its own making, such as those of a simulated tenant. */
  showsCredentials?: boolean
  /** False when the answer is "no" or something failed. */
  run(call: Call): Promise<boolean>
}

/** The option of everything that prints a list. */
export const jsonOption: CliOptions = { json: { type: 'boolean', describe: 'print JSON, for programs' } }

/** A command before it is loaded: `load` imports what it needs. */
export type CommandEntry = {
  name: string
  summary: string
  /** What it puts on record; none: it changes nothing in the journal. */
  acts: readonly AuditAct[]
  load(): Promise<CliCommand>
}
