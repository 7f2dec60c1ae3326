/** One room of the house: which files it is, and where their imports may lead. */
export type Room = {
  name: string
  files: RegExp
  /** Files outside the room that its files may import. */
  mayImport: RegExp[]
  /** npm packages; absent means any. */
  packages?: string[]
  /** It may use `node:*`, the environment and the system's clock. */
  knowsRuntime?: boolean
}

const ground = /^src\/core\//
const outside = /^src\/(journal|sources|outbound)\//
const host = /^src\/host\//
const events = /^src\/events\//
const work = /^src\/(engine|upkeep)\//
const desks = /^src\/(intake|operate|signin)\//
const surfaces = /^src\/http\//
const assembly = /^src\/(app|hub)\.ts$/
const sharedRuntime = /^src\/runtime\//
const settings = /^src\/config\//
const runtime = /^src\/(node\.ts$|node\/)/
const edge = /^src\/(cloudflare\.ts$|cloudflare\/)/
const commands = /^src\/cli\/commands\//
const views = /^src\/cli\/views\//
const setup = /^src\/cli\/setup\//
const terminal = /^src\/cli\/terminal\//
const installedConnectors = /^connectors\/index\.ts$/
const publicDoor = /^src\/index\.ts$/
const demo = /^lab\/(compile-cache|environment|hub-process|story)\.ts$/
const simulators = /^lab\/simulators\//

const floor1b = [ground, outside]
const floor1c = [...floor1b, host]
const floor2 = [...floor1c, events]
const floor3 = [...floor2, work]
const floor4 = [...floor3, desks]
const floor5 = [...floor4, surfaces]
const roof = [...floor5, assembly, settings, sharedRuntime]

/**
 * The floors of the house: an import goes to a lower floor or stays in its room. The first room that fits a file is its
 * room. A folder that no room names is an error, so that a new one is thought about.
 */
export const rooms: Room[] = [
  { name: 'core', files: ground, mayImport: [], packages: ['zod'] },
  { name: 'journal', files: /^src\/journal\//, mayImport: [ground] },
  { name: 'sources', files: /^src\/sources\//, mayImport: [ground] },
  { name: 'outbound', files: /^src\/outbound\//, mayImport: [ground] },
  { name: 'host', files: host, mayImport: floor1b },
  { name: 'events', files: events, mayImport: floor1c },
  { name: 'engine', files: /^src\/engine\//, mayImport: floor2 },
  { name: 'upkeep', files: /^src\/upkeep\//, mayImport: floor2 },
  { name: 'intake', files: /^src\/intake\//, mayImport: floor3 },
  { name: 'operate', files: /^src\/operate\//, mayImport: floor3 },
  { name: 'signin', files: /^src\/signin\//, mayImport: floor3 },
  { name: 'http', files: surfaces, mayImport: floor4 },
  { name: 'app and hub', files: assembly, mayImport: floor5 },
  {
    name: 'public door',
    files: publicDoor,
    mayImport: [ground, /^src\/sources\/\w+\/(?:event-types|actor)\.ts$/, /^src\/host\/invoke\.ts$/],
  },
  // Of the roof, but without a runtime: it reads the settings of an environment that it is given.
  { name: 'config', files: settings, mayImport: [ground, /^src\/sources\//, assembly] },
  // What the runtimes share: of `node:*` only what each of them has.
  { name: 'runtime', files: sharedRuntime, mayImport: [ground], knowsRuntime: true },
  { name: 'node', files: runtime, mayImport: [...roof, installedConnectors], knowsRuntime: true },
  {
    name: 'cloudflare',
    files: edge,
    // The text of the Action, which the bundler takes in: it is compared with what is deployed.
    mayImport: [...roof, installedConnectors, /^actions\/post-login/],
    knowsRuntime: true,
  },
  // Inside the command line: commands show what they found in views, and every room writes to the terminal.
  { name: 'terminal', files: terminal, mayImport: [ground], knowsRuntime: true },
  { name: 'views', files: views, mayImport: [ground, /^src\/(journal|operate)\//, terminal] },
  { name: 'setup', files: setup, mayImport: [...roof, runtime, installedConnectors, terminal], knowsRuntime: true },
  {
    name: 'demo commands',
    files: /^src\/cli\/commands\/demo\//,
    mayImport: [...roof, runtime, installedConnectors, terminal, demo, simulators],
    knowsRuntime: true,
  },
  {
    name: 'commands',
    files: commands,
    mayImport: [...roof, runtime, installedConnectors, views, setup, terminal],
    knowsRuntime: true,
  },
  {
    name: 'command line',
    files: /^src\/cli\/[^/]+\.ts$/,
    mayImport: [ground, commands, terminal, /^src\/node\/env-file\.ts$/],
    knowsRuntime: true,
  },
  {
    name: 'installed connectors',
    files: installedConnectors,
    mayImport: [publicDoor, /^connectors\/[^/]+\/index\.ts$/],
  },
  // It runs inside Auth0, where no caller gives it a clock.
  { name: 'actions', files: /^actions\//, mayImport: [], packages: [], knowsRuntime: true },
  { name: 'simulators', files: simulators, mayImport: [], knowsRuntime: true },
  { name: 'demo story', files: demo, mayImport: [simulators], knowsRuntime: true },
  {
    name: 'lab',
    files: /^lab\//,
    mayImport: [...roof, runtime, edge, publicDoor, installedConnectors, demo, simulators],
    knowsRuntime: true,
  },
  { name: 'scripts', files: /^scripts\//, mayImport: [...roof, runtime, installedConnectors], knowsRuntime: true },
]

/** The one file of core that may import `node:crypto`: it is the same on every runtime we serve. */
export const cryptography = /^src\/core\/crypto\.ts$/

/** Rooms with a door: from outside, their `index.ts` alone is imported. */
export const doors: { room: RegExp; door: RegExp }[] = [
  // The texts of the schema are no code: a bundler takes them in.
  { room: /^src\/journal\//, door: /^src\/journal\/(index\.ts|migrations\/[^/]+\.sql)$/ },
  { room: /^src\/sources\//, door: /^src\/sources\/(index|\w+\/(?:event-types|actor))\.ts$/ },
]

/** The injectable defaults: the one place below the roof where the system's clock may be read. */
export const injectableDefaults = /^src\/core\/clock\.ts$/

/**
 * Rooms inside a connector, each with the rooms of the same connector that it may import. The files beside them
 * (`index.ts`, `doctor.ts`) may import them all.
 */
export const innerRooms: Record<string, Record<string, readonly string[]>> = {
  auth0: {
    tenant: [],
    people: ['tenant'],
    lockout: ['tenant', 'people'],
    access: ['tenant', 'people'],
    action: ['tenant'],
  },
  okta: {
    org: [],
    people: ['org'],
    access: ['org', 'people'],
    'event-hook': ['org'],
  },
}

export function roomOf(path: string): Room | undefined {
  const [, connector, folder] = path.match(/^connectors\/([^/]+)\/(?:([^/]+)\/)?/) ?? []
  if (connector === undefined) return rooms.find(({ files }) => files.test(path))
  const inner = innerRooms[connector]
  if (!inner || folder === undefined) {
    return { name: `connector ${connector}`, files: folderOf(connector), mayImport: [publicDoor] }
  }
  const allowed = inner[folder]
  return (
    allowed && {
      name: `${folder} of connector ${connector}`,
      files: folderOf(connector, folder),
      mayImport: [publicDoor, ...allowed.map((other) => folderOf(connector, other))],
    }
  )
}

function folderOf(...names: string[]): RegExp {
  return new RegExp(`^connectors/${names.map((name) => name.replace(/[^\w-]/g, '\\$&')).join('/')}/`)
}
