/** One option of a command: `--check`, `--name value`. */
type CommandOption = { type: 'string' | 'boolean'; describe: string }

export type CommandContext = {
  /** The environment's variables as this instance of the connector reads them, under the connector's own prefix. */
  setting(name: string): string | undefined
  options: Record<string, string | boolean | undefined>
  /** Asks for a credential that is stronger than the hub's own: a variable, standard input or a prompt. Never stored. */
  credential(question: { variable: string; prompt: string }): Promise<string>
  /** Text of a file that belongs to the hub, such as `actions/post-login/code.js`. */
  file(name: string): Promise<string>
  fetch: typeof fetch
  say(line: string): void
}

/** What an administrator does with a connector's system, once: returns false when a check found a difference. */
export type Command = {
  summary: string
  /** Steps and consequences, shown by `--help`. */
  help: string
  options: Record<string, CommandOption>
  /** Variables that it reads and the hub does not, such as an administrator's credential: no typing errors. */
  variables?: readonly string[]
  run(context: CommandContext): Promise<boolean>
}
