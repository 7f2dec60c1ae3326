import { parseArgs } from 'node:util'
import type { Call, CliOptions } from './command.ts'
import { parseSince, parseSpan } from './text.ts'
import { findClosest, WrongUsage } from './wrong-usage.ts'

type ParsedOptions = Pick<Call, 'options' | 'repeated' | 'words'>

/** What every command takes. The file of settings is read before the command is chosen: `src/node/env-file.ts`. */
export const commonOptions: CliOptions = {
  'env-file': { type: 'string', value: '<path>', describe: 'settings, one NAME=value a line; the environment wins' },
  help: { type: 'boolean', short: 'h', describe: 'show this' },
}

/**
 * Reads the arguments of one command. node:util's own strictness says what is wrong but not what was meant,
 * so the tokens are judged here.
 * @throws WrongUsage naming the option, and the one that was probably meant
 */
export function parseOptions(args: string[], { command, options }: { command: string; options: CliOptions }) {
  const known: CliOptions = { ...options, ...commonOptions }
  const config = Object.fromEntries(
    Object.entries(known).map(([name, { type, short }]) => [name, { type, ...(short ? { short } : {}) }]),
  )
  const { tokens } = parseArgs({ args, options: config, strict: false, allowPositionals: true, tokens: true })
  const parsed: ParsedOptions = { options: {}, repeated: {}, words: [] }
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.words.push(token.value)
    if (token.kind !== 'option') continue
    const value = readValue(token, { command, known })
    parsed.options[token.name] = value
    if (known[token.name]?.repeats) {
      parsed.repeated[token.name] = [...(parsed.repeated[token.name] ?? []), String(value)]
    }
  }
  return parsed
}

type Token = { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined }

function readValue({ name, rawName, value, inlineValue }: Token, where: { command: string; known: CliOptions }) {
  const option = Object.hasOwn(where.known, name) ? where.known[name] : undefined
  const helpLine = `"npm run hub -- ${where.command} --help" lists them all.`
  if (!option) {
    const meant = findClosest(name, Object.keys(where.known))
    throw new WrongUsage({
      what: `Unknown option ${rawName}.`,
      why: `The command "${where.command}" has no such option.`,
      fix: meant ? `Did you mean --${meant}? ${helpLine}` : helpLine,
    })
  }
  if (option.type === 'boolean') {
    if (!inlineValue) return true
    throw new WrongUsage({
      what: `${rawName} takes no value.`,
      why: 'It is either there or not.',
      fix: `Leave out "=${value}".`,
    })
  }
  if (value !== undefined && value !== '' && (inlineValue || !value.startsWith('-'))) return value
  throw new WrongUsage({
    what: `${rawName} lacks its value.`,
    why: `It stands for: ${option.describe}.`,
    fix: `Give it as ${rawName} ${option.value ?? '<value>'}.`,
  })
}

type Range = { option: string; fallback: number; least: number; most: number }

/** A whole number that an option holds. */
export function readWholeNumber(given: string | boolean | undefined, { option, fallback, least, most }: Range): number {
  if (given === undefined) return fallback
  const value = Number(given)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new WrongUsage({
    what: `${option} is ${String(given)}.`,
    why: `It takes a whole number from ${least} to ${most}.`,
    fix: `Write ${option} ${fallback}, for instance.`,
  })
}

/** Refuses words behind a command that takes none. */
export function refuseWords(words: readonly string[], command: string): void {
  const [first] = words
  if (first === undefined) return
  throw new WrongUsage({
    what: `"${first}" is one word too many.`,
    why: `The command "${command}" takes only options.`,
    fix: `See "npm run hub -- ${command} --help".`,
  })
}

/** The one word that a command is about. */
export function readWord(words: readonly string[], { command, what }: { command: string; what: string }): string {
  const [first, second] = words
  if (first !== undefined && second === undefined) return first
  throw new WrongUsage({
    what: first === undefined ? `${what} is missing.` : `"${second}" is one word too many.`,
    why: `The command "${command}" is about one thing.`,
    fix: `Write npm run hub -- ${command} <${what}>.`,
  })
}

/** The ISO time that an option names: a span before now, such as `2h`, or a time. */
export function readTime(given: string | boolean, { option, now }: { option: string; now: Date }): string {
  const time = typeof given === 'string' ? parseSince(given, now) : null
  if (time) return time.toISOString()
  throw new WrongUsage({
    what: `${option} ${String(given)} is no time.`,
    why: 'It takes a span before now, or a time.',
    fix: 'Write a span such as 2h, 30m or 3d, or a time such as 2026-05-14T02:10.',
  })
}

/** The whole seconds of a span that an option names, such as `2h`. */
export function readSpan(given: string | boolean, { option }: { option: string }): number {
  const span = typeof given === 'string' ? parseSpan(given) : null
  if (span !== null && span >= second) return Math.floor(span / second)
  throw new WrongUsage({
    what: `${option} ${String(given)} is no span of time.`,
    why: 'It takes a number and its unit: s, m, h or d.',
    fix: `Write ${option} 2h, for instance.`,
  })
}

const second = 1000
