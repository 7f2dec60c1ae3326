import { WrongUsage } from './wrong-usage.ts'

/** Refuses words behind a command that takes none. */
export function noWords(words: readonly string[], command: string): void {
  const [first] = words
  if (first === undefined) return
  throw new WrongUsage({
    what: `"${first}" is one word too many.`,
    why: `The command "${command}" takes only options.`,
    fix: `See "npm run hub -- ${command} --help".`,
  })
}

/** The one word that a command is about. */
export function oneWord(words: readonly string[], { command, what }: { command: string; what: string }): string {
  const [first, second] = words
  if (first !== undefined && second === undefined) return first
  throw new WrongUsage({
    what: first === undefined ? `${what} is missing.` : `"${second}" is one word too many.`,
    why: `The command "${command}" is about one thing.`,
    fix: `Write npm run hub -- ${command} <${what}>.`,
  })
}
