import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { cryptography, doors, injectableDefaults, type Room, roomOf } from './rooms.ts'
import { type Import, sourceFacts } from './source-facts.ts'

/** Path from the root, with slashes, to text. */
export type Files = ReadonlyMap<string, string>

const longestFile = 250

/** Imports that leave their room other than downwards, or load a package their room must not know. */
export function wrongImports(files: Files): string[] {
  return eachFile(files, (path, text) => {
    const room = roomOf(path)
    if (!room) return ['stands in no room']
    return sourceFacts(path, text).imports.flatMap((one) => wrongImport(path, room, one))
  })
}

function wrongImport(path: string, room: Room, { specifier }: Import): string[] {
  const target = localTarget(path, specifier)
  if (!target) return cryptography.test(path) && specifier === 'node:crypto' ? [] : wrongPackage(room, specifier)
  const passedBy = doors.find((one) => one.room.test(target) && !one.door.test(target) && !one.room.test(path))
  if (passedBy) return [`imports ${target} past the door of its room`]
  if (room.files.test(target) || room.mayImport.some((allowed) => allowed.test(target))) return []
  return [`imports ${target}, which ${room.name} must not`]
}

function wrongPackage(room: Room, specifier: string): string[] {
  const [scopeOrName = '', name = ''] = specifier.split('/')
  const isRuntime = /^(node|cloudflare):/.test(specifier) || builtinModules.includes(scopeOrName)
  if (isRuntime) return room.knowsRuntime ? [] : [`imports ${specifier}, which only the roof may`]
  const packageName = specifier.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName
  if (!room.packages || room.packages.includes(packageName)) return []
  return [`imports ${specifier}, which ${room.name} must not`]
}

/** Uses of the environment, the system's clock and chance below the roof. */
export function forbiddenGlobals(files: Files): string[] {
  return eachFile(files, (path, text) => {
    if (roomOf(path)?.knowsRuntime || injectableDefaults.test(path)) return []
    return sourceFacts(path, text).globals.map((name) => `uses ${name}, which only the roof may`)
  })
}

/**
 * Circles of imports of any length, type imports included, from their first file by name.
 * Where several circles share files, at least one of them is named.
 */
export function circles(files: Files): string[] {
  const edges = new Map(
    [...files].map(([path, text]) => {
      const targets = sourceFacts(path, text).imports.map(({ specifier }) => localTarget(path, specifier))
      return [path, targets.filter((target) => target !== undefined)] as const
    }),
  )
  return [...edges.keys()].sort().flatMap((start) => {
    const way = wayBack(edges, start)
    return way?.every((path) => path >= start) ? [way.join(' → ')] : []
  })
}

/** The shortest way along imports from a file back to itself. */
function wayBack(edges: ReadonlyMap<string, readonly string[]>, start: string): string[] | undefined {
  const ways = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of edges.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start]
      if (!seen.has(next)) ways.push([...way, next])
      seen.add(next)
    }
  }
  return undefined
}

/** Files that are too long and do not say why in their first lines. */
export function unexplainedLength(files: Files): string[] {
  return eachFile(files, (_path, text) => {
    const lines = text.trimEnd().split('\n')
    if (lines.length <= longestFile) return []
    const reason = /^\s*(\/\/|\/?\*+) Longer than 250 lines because \S/
    return lines.slice(0, 5).some((line) => reason.test(line)) ? [] : [`has ${lines.length} lines and no reason for it`]
  })
}

/** `any`, and comments that silence a tool without saying why. */
export function looseTypes(files: Files): string[] {
  return eachFile(files, (path, text) => {
    const comments = text.match(/(?:\/\/|\/\*|\*)\s*(?:@ts-|biome-ignore).*/g) ?? []
    const bare = comments.filter((comment) => !isExplained(comment)).map((comment) => `has a bare ${comment.trim()}`)
    return sourceFacts(path, text).hasAny ? ['uses any', ...bare] : bare
  })
}

function isExplained(comment: string): boolean {
  const words = comment.replace(/\*\/.*$/, '')
  return /biome-ignore\S* [^:]+: \S+ \S+/.test(words) || /@ts-expect-error\W+\w+ \S+/.test(words)
}

/** What others load by its default export: a connector, a Worker, and a file that a bundler takes in as text. */
const loadedByDefault = /^(connectors\/[^/]+\/index|src\/cloudflare|lab\/edge\/[^/]*worker|.*\.d)\.ts$/

/** Default exports where nothing asks for one. */
export function defaultExports(files: Files): string[] {
  return eachFile(files, (path, text) =>
    sourceFacts(path, text).hasDefaultExport && !loadedByDefault.test(path) ? ['has a default export'] : [],
  )
}

/** Test titles that stand twice in a file, or say "should". */
export function poorTestTitles(files: Files): string[] {
  return eachFile(files, (path, text) => {
    const titles = sourceFacts(path, text).testTitles
    const twice = titles.filter((title, index) => titles.indexOf(title) !== index)
    const should = titles.filter((title) => /\bshould\b/i.test(title))
    return [...twice.map((title) => `has two tests “${title}”`), ...should.map((title) => `says should in “${title}”`)]
  })
}

function eachFile(files: Files, check: (path: string, text: string) => string[]): string[] {
  return [...files].flatMap(([path, text]) => check(path, text).map((finding) => `${path} ${finding}`))
}

function localTarget(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined
}

/**
 * Where `message` or `stack` is no error's, or is an answer's words on their way into an error: a word of the file's
 * path, and what stands there.
 */
const otherMessages: Readonly<Record<string, readonly string[]>> = {
  // The one home of error text.
  'src/core/errors.ts': ['thrown', 'cause', 'error', 'one'],
  // A schema's words: they quote no value.
  'src/core/settings.ts': ['issue'],
  'src/http/api/wrong-input.ts': ['issue'],
  // A field of an answer, which was redacted when it was read.
  'src/cli/views/delivery-lines.ts': ['answer'],
  'src/sources/lumos/answer.ts': ['said'],
  // A field of a vendor's body: it goes into an error, whose words are redacted where they are read.
  'connectors/auth0/tenant/errors.ts': ['body'],
  'connectors/github/errors.ts': ['first', 'error', 'data'],
  'connectors/zendesk/errors.ts': ['error'],
  'connectors/relay/answers.ts': ['body'],
}

/** Places where an error becomes words past the redactor: `errorMessage` and `ownWords` are the only ways. */
export function wordsPastRedactor(files: Files): string[] {
  return eachFile(files, (path, text) => {
    if (!/^(src|connectors)\//.test(path)) return []
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')
    const fields = [...code.matchAll(/(\w+)\s*[?!]?\.(?:message|stack)\b/g)]
      .filter(([, owner = '']) => !otherMessages[path]?.includes(owner))
      .map(([found]) => found)
    const names = 'error|err|thrown|cause|failure'
    const texts = code.match(
      new RegExp(`\\bString\\((?:${names})\\)|\\$\\{(?:err|thrown|cause)\\}|\\b(?:${names})\\.toString\\(`, 'g'),
    )
    const isHome = path === 'src/core/errors.ts'
    return [...fields, ...(isHome ? [] : (texts ?? []))].map((found) => `makes words of an error by ${found}`)
  })
}
