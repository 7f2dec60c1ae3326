import { OktaFault } from './errors.ts'

export type Comparison = { attribute: string; operator: string; value: string }

/** Reads an attribute of the thing under test; several values mean that one match is enough (`target.id`). */
export type ReadAttribute = (attribute: string) => unknown[]

type FilterRules = {
  /** Refuses what this endpoint does not support. */
  supports: (comparison: Comparison) => boolean
  caseSensitive: boolean
}

type Test = (read: ReadAttribute) => boolean

const TOKEN = /\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+))/y

/**
 * Compiles the subset of SCIM filters that Okta's `filter` and `search` share: comparisons, `and`, `or`, parentheses.
 *
 * Operators are case-insensitive everywhere, values only in `search` (Okta docs: Users API, list users).
 */
export function compileFilter(expression: string, rules: FilterRules): Test {
  const tokens = tokenise(expression)
  const test = parseOr(tokens, rules)
  if (tokens.length > 0) throw invalid(expression)
  return test
}

type Token = { text: string; quoted: boolean }

function tokenise(expression: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < expression.trimEnd().length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(expression)
    if (!match) throw invalid(expression)
    const [, open, close, quoted, word] = match
    tokens.push(
      quoted === undefined
        ? { text: open ?? close ?? word ?? '', quoted: false }
        : { text: unquote(quoted), quoted: true },
    )
    at = TOKEN.lastIndex
  }
  return tokens
}

const unquote = (text: string) => text.replace(/\\(.)/g, '$1')

function parseOr(tokens: Token[], rules: FilterRules): Test {
  const tests = [parseAnd(tokens, rules)]
  while (takeWord(tokens, 'or')) tests.push(parseAnd(tokens, rules))
  return (read) => tests.some((test) => test(read))
}

function parseAnd(tokens: Token[], rules: FilterRules): Test {
  const tests = [parseAtom(tokens, rules)]
  while (takeWord(tokens, 'and')) tests.push(parseAtom(tokens, rules))
  return (read) => tests.every((test) => test(read))
}

function parseAtom(tokens: Token[], rules: FilterRules): Test {
  if (takeWord(tokens, '(')) {
    const inner = parseOr(tokens, rules)
    if (!takeWord(tokens, ')')) throw invalid('missing parenthesis')
    return inner
  }
  const [attribute, operator, value] = tokens.splice(0, 3)
  if (!attribute || attribute.quoted || !operator || !value) throw invalid('incomplete comparison')
  const comparison = { attribute: attribute.text, operator: operator.text.toLowerCase(), value: value.text }
  const compare = OPERATORS[comparison.operator]
  if (!compare || !rules.supports(comparison)) throw invalid(`${comparison.attribute} ${comparison.operator}`)
  const fold = (text: string) => (rules.caseSensitive ? text : text.toLowerCase())
  const wanted = fold(comparison.value)
  return (read) => read(comparison.attribute).some((actual) => actual != null && compare(fold(String(actual)), wanted))
}

function takeWord(tokens: Token[], word: string): boolean {
  const [next] = tokens
  if (!next || next.quoted || next.text.toLowerCase() !== word) return false
  tokens.shift()
  return true
}

// ISO dates of one format sort as text, which is all that the inequality operators are offered for.
const OPERATORS: Record<string, (actual: string, wanted: string) => boolean> = {
  eq: (actual, wanted) => actual === wanted,
  ne: (actual, wanted) => actual !== wanted,
  gt: (actual, wanted) => actual > wanted,
  ge: (actual, wanted) => actual >= wanted,
  lt: (actual, wanted) => actual < wanted,
  le: (actual, wanted) => actual <= wanted,
  sw: (actual, wanted) => actual.startsWith(wanted),
  ew: (actual, wanted) => actual.endsWith(wanted),
  co: (actual, wanted) => actual.includes(wanted),
}

const invalid = (detail: string) => new OktaFault('E0000031', { causes: [`Invalid filter: ${detail}`] })
