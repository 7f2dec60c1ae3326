import { styleText } from 'node:util'
import { inlineKinds } from '../../core/access.ts'
import { makeRedactor, shortestSecret } from '../../core/redact.ts'
import type { Environment } from '../../core/settings.ts'

/** Where a command writes. What was given to `hide` is replaced in everything that it prints. */
export type Terminal = {
  /** The answer, on standard output. */
  out(text: string): void
  /** Remarks, questions and progress, on standard error, so that the answer can be piped. */
  note(text: string): void
  /** The same without a line end, for what is drawn over. Only on a terminal. */
  draw(text: string): void
  paint: Paint
  /** Columns; Infinity when the output is no terminal, so that nothing is cut for a program. */
  width: number
  /** A person at a terminal can be asked. */
  canAsk: boolean
  isDrawn: boolean
  hide(secret: string): void
}

const defaultWidth = 80

export function makeTerminal(environment: Environment): Terminal {
  const { stdout, stderr, stdin } = process
  const redactor = makeRedactor()
  return {
    out: (text) => void stdout.write(`${redactor.hideSecrets(text)}\n`),
    note: (text) => void stderr.write(`${redactor.hideSecrets(text)}\n`),
    draw: (text) => void (stderr.isTTY && stderr.write(redactor.hideSecrets(text))),
    paint: makePaint(wantsColour({ environment, isTerminal: stdout.isTTY === true })),
    width: stdout.isTTY ? stdout.columns || defaultWidth : Number.POSITIVE_INFINITY,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isDrawn: stderr.isTTY === true,
    hide: redactor.declare,
  }
}

const secretName = /SECRET|TOKEN|PASSWORD|PRIVATE_KEY|^DATABASE_URL$/

/** The secrets that the environment holds, in every form in which they could come out. */
export function findSecrets(environment: Environment): string[] {
  return Object.entries(environment)
    .filter(([name]) => secretName.test(name))
    .map(([, value = '']) => dropScopes(value))
    .flatMap((value) => [value, ...entriesOf(value), ...readPasswords(value)])
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= shortestSecret)
}

/** Lists hold several, and operators' tokens stand behind a name and a role. */
function entriesOf(value: string): string[] {
  return value.split(',').flatMap((part) => [part.trim(), /^\w+:\w+:(.+)$/.exec(part.trim())?.[1] ?? ''])
}

/** What an entry is for is no secret: hidden with it, the addresses of hooks, which have the same words, would be too. */
const scope = new RegExp(`^(?:[\\w-]+|\\*)/(?:${inlineKinds.join('|')}|\\*):|^events:`)

function dropScopes(value: string): string {
  const parts = value.split(',').map((part) => part.trim())
  return parts.some((part) => scope.test(part)) ? parts.map((part) => part.replace(scope, '')).join(',') : value
}

function readPasswords(address: string): string[] {
  if (!URL.canParse(address)) return []
  const { password } = new URL(address)
  return [password, decode(password)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

export type Paint = Record<Colour, (text: string) => string>

/** Whether to colour: FORCE_COLOR decides, else NO_COLOR forbids, else it is for terminals only. */
export function wantsColour({ environment, isTerminal }: { environment: Environment; isTerminal: boolean }): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return isTerminal && term !== 'dumb'
}

/** Makes functions that colour a text, or that return it as it is. */
export function makePaint(isOn: boolean): Paint {
  const paint = (colour: Colour) => (text: string) =>
    isOn && text !== '' ? styleText(colour, text, { validateStream: false }) : text
  return {
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
    dim: paint('dim'),
    bold: paint('bold'),
  }
}
