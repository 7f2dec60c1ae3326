import { parseAst } from 'vitest/node'

export type Import = { specifier: string; typeOnly: boolean }

/** What the architecture test needs to know of one source file. */
type SourceFacts = {
  imports: Import[]
  /** Runtime globals that only the roof may touch, as written: `process`, `Date.now`, `new Date()`, `Math.random`. */
  globals: string[]
  hasAny: boolean
  hasDefaultExport: boolean
  testTitles: string[]
}

type Node = { type: string; [key: string]: unknown }

/** Reads a file by its syntax tree, so that a word in a comment or a text does not count. */
export function sourceFacts(path: string, text: string): SourceFacts {
  const facts: SourceFacts = { imports: [], globals: [], hasAny: false, hasDefaultExport: false, testTitles: [] }
  const program: unknown = parseAst(text, { lang: path.endsWith('.ts') ? 'ts' : 'js' }, path)
  visit(program, (node) => {
    const specifier = importOf(node)
    if (specifier !== undefined) facts.imports.push({ specifier, typeOnly: isTypeOnly(node) })
    const global = globalOf(node)
    if (global) facts.globals.push(global)
    if (node.type === 'TSAnyKeyword') facts.hasAny = true
    if (isDefaultExport(node)) facts.hasDefaultExport = true
    const title = testTitleOf(node, text)
    if (title !== undefined) facts.testTitles.push(title)
  })
  return facts
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, look)
    return
  }
  if (!isNode(value)) return
  look(value)
  for (const [key, child] of Object.entries(value)) if (!isOnlyAName(value, key)) visit(child, look)
}

/** `person.process` and `{ process: 1 }` name a property, not the global. */
function isOnlyAName(node: Node, key: string): boolean {
  if (node.computed === true) return false
  if (node.type === 'MemberExpression') return key === 'property'
  return key === 'key' && node.shorthand !== true
}

function importOf(node: Node): string | undefined {
  const loads = [
    'ImportDeclaration',
    'ExportAllDeclaration',
    'ExportNamedDeclaration',
    'ImportExpression',
    'TSImportType',
  ]
  if (loads.includes(node.type)) return literal(node.source)
  const isRequire = node.type === 'CallExpression' && name(node.callee) === 'require'
  return isRequire ? literal(firstArgument(node)) : undefined
}

function isTypeOnly(node: Node): boolean {
  return node.importKind === 'type' || node.exportKind === 'type' || node.type === 'TSImportType'
}

function globalOf(node: Node): string | undefined {
  if (node.type === 'Identifier' && node.name === 'process') return 'process'
  if (node.type === 'NewExpression' && name(node.callee) === 'Date' && !firstArgument(node)) return 'new Date()'
  if (node.type === 'CallExpression' && name(node.callee) === 'Date') return 'Date()'
  if (node.type !== 'MemberExpression') return undefined
  const member = `${name(node.object)}.${name(node.property) ?? literal(node.property)}`
  if (member === 'globalThis.process') return 'process'
  return ['Date.now', 'Math.random'].includes(member) ? member : undefined
}

function isDefaultExport(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  return node.type === 'ExportSpecifier' && (name(node.exported) ?? literal(node.exported)) === 'default'
}

/** `test('…')`, and also `test.skipIf(x)('…')` and `test.each(rows)('…')`. */
function testTitleOf(node: Node, text: string): string | undefined {
  if (node.type !== 'CallExpression') return undefined
  const title = firstArgument(node)
  if (!title || !['Literal', 'TemplateLiteral'].includes(title.type)) return undefined
  if (!['test', 'it'].includes(calledName(node.callee) ?? '')) return undefined
  return text.slice(Number(title.start) + 1, Number(title.end) - 1)
}

function calledName(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined
  if (callee.type === 'CallExpression') return calledName(callee.callee)
  if (callee.type === 'TaggedTemplateExpression') return calledName(callee.tag)
  return callee.type === 'MemberExpression' ? calledName(callee.object) : name(callee)
}

function firstArgument(node: Node): Node | undefined {
  const [first] = Array.isArray(node.arguments) ? node.arguments : []
  return isNode(first) ? first : undefined
}

function name(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined
}

function literal(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== 'Literal') return undefined
  return typeof node.value === 'string' ? node.value : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
