import { parseArgs } from 'node:util'
import type { CliOptions, Given } from '../cli-command.ts'
import { closest } from './closest.ts'
import { WrongUsage } from './wrong-usage.ts'

export type ParsedOptions = { options: Given; words: string[] }

const help: CliOptions = { help: { type: 'boolean', short: 'h', describe: 'show this' } }

/**
 * Reads the arguments of one command. node:util's own strictness says what is wrong but not what was meant,
 * so the tokens are judged here.
 * @throws WrongUsage naming the option, and the one that was probably meant
 */
export function parseOptions(args: string[], { command, options }: { command: string; options: CliOptions }) {
  const known: CliOptions = { ...options, ...help }
  const config = Object.fromEntries(
    Object.entries(known).map(([name, { type, short }]) => [name, { type, ...(short ? { short } : {}) }]),
  )
  const { tokens } = parseArgs({ args, options: config, strict: false, allowPositionals: true, tokens: true })
  const parsed: ParsedOptions = { options: {}, words: [] }
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.words.push(token.value)
    if (token.kind !== 'option') continue
    parsed.options[token.name] = readValue(token, { command, known })
  }
  return parsed
}

type Token = { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined }

function readValue({ name, rawName, value, inlineValue }: Token, where: { command: string; known: CliOptions }) {
  const option = Object.hasOwn(where.known, name) ? where.known[name] : undefined
  const helpLine = `"npm run hub -- ${where.command} --help" lists them all.`
  if (!option) {
    const meant = closest(name, Object.keys(where.known))
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
