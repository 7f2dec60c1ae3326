import type { Terminal } from './terminal.ts'

/** Prints an answer for programs. Times are ISO, in UTC. */
export function printJson(terminal: Terminal, answer: unknown): void {
  terminal.out(JSON.stringify(answer, null, 2))
}
