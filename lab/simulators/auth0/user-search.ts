import { isJsonObject } from '../values.ts'
import { Auth0Fault } from './errors.ts'
import type { Auth0User } from './user.ts'

type Test = (user: Auth0User) => boolean

// One token: a parenthesis, a field with what it is compared to, or a bare word (an operator).
const TOKEN = /\s*(?:([()])|([\w.-]+):("(?:[^"\\]|\\.)*"|[[{][^\]}]*[\]}]|[^\s()]+)|([^\s()]+))/y

// Auth0 docs: user search query syntax; these are found whatever the letter case.
const CASE_INSENSITIVE = new Set(['email', 'name', 'nickname', 'given_name', 'family_name', 'username'])

/**
 * Compiles the part of search engine v3's query syntax that a hub needs: `field:"phrase"`, `field:word*`, ranges,
 * `_exists_`, `AND`, `OR`, `NOT` and parentheses; nested fields by dots, into arrays too.
 */
export function compileUserSearch(query: string): Test {
  const tokens = tokenise(query)
  const test = parseOr(tokens)
  if (tokens.length > 0) throw syntaxError(query)
  return test
}

type Token = { word: string; field?: string }

function tokenise(query: string): Token[] {
  const tokens: Token[] = []
  const text = query.trimEnd()
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw syntaxError(query)
    const [, parenthesis, field, value, word] = match
    if (field !== undefined && value !== undefined) tokens.push({ field, word: value })
    else tokens.push({ word: parenthesis ?? word ?? '' })
    at = TOKEN.lastIndex
  }
  return tokens
}

function parseOr(tokens: Token[]): Test {
  const tests = [parseAnd(tokens)]
  while (take(tokens, 'OR')) tests.push(parseAnd(tokens))
  return (user) => tests.some((test) => test(user))
}

function parseAnd(tokens: Token[]): Test {
  const tests = [parseAtom(tokens)]
  while (take(tokens, 'AND')) tests.push(parseAtom(tokens))
  return (user) => tests.every((test) => test(user))
}

function parseAtom(tokens: Token[]): Test {
  if (take(tokens, 'NOT')) {
    const negated = parseAtom(tokens)
    return (user) => !negated(user)
  }
  if (take(tokens, '(')) {
    const inner = parseOr(tokens)
    if (!take(tokens, ')')) throw syntaxError('missing parenthesis')
    return inner
  }
  const token = tokens.shift()
  if (!token?.field) throw syntaxError(token?.word ?? 'unexpected end')
  return compare(token.field, token.word)
}

function take(tokens: Token[], word: string): boolean {
  if (tokens[0]?.field !== undefined || tokens[0]?.word !== word) return false
  tokens.shift()
  return true
}

function compare(field: string, value: string): Test {
  if (field === '_exists_') return (user) => read(user, value).some((found) => found != null)
  const matches = matcher(value, CASE_INSENSITIVE.has(field.split('.').at(-1) ?? field))
  return (user) => read(user, field).some((found) => found != null && matches(String(found)))
}

function matcher(value: string, foldCase: boolean): (text: string) => boolean {
  const range = /^([[{])(\S+) TO (\S+)[\]}]$/.exec(value)
  if (range) return withinRange({ inclusive: range[1] === '[', from: range[2] ?? '*', to: range[3] ?? '*' })
  const quoted = value.startsWith('"')
  const wanted = quoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
  // A quoted value is a phrase: its stars and bars are characters like any other.
  const source = quoted ? escapePattern(wanted) : wanted.split('*').map(escapePattern).join('.*')
  const pattern = new RegExp(`^${source}$`, foldCase ? 'i' : '')
  return (text) => pattern.test(text)
}

function withinRange({ inclusive, from, to }: { inclusive: boolean; from: string; to: string }) {
  return (text: string) => {
    if (!inclusive && (text === from || text === to)) return false
    return (from === '*' || text >= from) && (to === '*' || text <= to)
  }
}

function read(user: Auth0User, path: string): unknown[] {
  return path
    .split('.')
    .reduce<unknown[]>((values, name) => values.flat().flatMap((value) => step(value, name)), [user])
}

function step(value: unknown, name: string): unknown[] {
  return isJsonObject(value) && name in value ? [value[name]].flat() : []
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const syntaxError = (detail: string) => new Auth0Fault(400, `Failed to parse query: ${detail}`, 'invalid_query_string')
