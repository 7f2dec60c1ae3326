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
const floor1 = /^src\/(journal|sources|outbound)\//
const floor2 = /^src\/(pipeline|access)\//
const floor3 = /^src\/(http|console)\//
const floor4 = /^src\/(app|hub)\.ts$/
const roof = /^src\/(node\.ts$|cloudflare\.ts$|node\/|cli\/)/
const installedConnectors = /^connectors\/index\.ts$/
const publicDoor = /^src\/index\.ts$/

/**
 * The floors of the house: an import goes to a lower floor or stays in its room. The first room that fits a file is its
 * room. A folder that no room names is an error, so that a new one is thought about.
 */
export const rooms: Room[] = [
  { name: 'core', files: ground, mayImport: [], packages: ['zod'] },
  { name: 'journal', files: /^src\/journal\//, mayImport: [ground] },
  { name: 'sources', files: /^src\/sources\//, mayImport: [ground] },
  { name: 'outbound', files: /^src\/outbound\//, mayImport: [ground] },
  { name: 'pipeline', files: /^src\/pipeline\//, mayImport: [ground, floor1] },
  { name: 'access', files: /^src\/access\//, mayImport: [ground, floor1] },
  { name: 'http', files: /^src\/http\//, mayImport: [ground, floor1, floor2] },
  { name: 'console', files: /^src\/console\//, mayImport: [ground, floor1, floor2] },
  { name: 'app and hub', files: floor4, mayImport: [ground, floor1, floor2, floor3] },
  {
    name: 'public door',
    files: publicDoor,
    mayImport: [ground, /^src\/sources\/\w+-event-types\.ts$/, /^src\/pipeline\/invoke\.ts$/],
  },
  {
    name: 'command line',
    files: /^src\/cli\//,
    mayImport: [ground, floor1, floor2, floor3, floor4, roof, installedConnectors, /^src\/demo\//],
    knowsRuntime: true,
  },
  {
    name: 'roof',
    files: roof,
    mayImport: [ground, floor1, floor2, floor3, floor4, installedConnectors],
    knowsRuntime: true,
  },
  { name: 'simulated tenants', files: /^src\/demo\/tenants\//, mayImport: [], knowsRuntime: true },
  { name: 'demo', files: /^src\/demo\//, mayImport: [], knowsRuntime: true },
  {
    name: 'installed connectors',
    files: installedConnectors,
    mayImport: [publicDoor, /^connectors\/[^/]+\/index\.ts$/],
  },
  // Inside Auth0 there is nobody to hand it a clock.
  { name: 'actions', files: /^actions\//, mayImport: [], packages: [], knowsRuntime: true },
]

/** The injectable defaults: the one place below the roof where the system's clock may be read. */
export const injectableDefaults = /^src\/core\/clock\.ts$/

export function roomOf(path: string): Room | undefined {
  const connector = path.match(/^connectors\/([^/]+)\//)?.[1]
  if (connector) return { name: `connector ${connector}`, files: ownFolder(connector), mayImport: [publicDoor] }
  return rooms.find(({ files }) => files.test(path))
}

function ownFolder(connector: string): RegExp {
  return new RegExp(`^connectors/${connector.replace(/[^\w-]/g, '\\$&')}/`)
}
