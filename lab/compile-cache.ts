import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What every process of the hub loads. */
const entries = ['src/node/run-hub.ts', 'src/cli/run.ts'].map((path) => new URL(`../${path}`, import.meta.url).href)
const packages = ['auth0', '@okta/okta-sdk-nodejs']

/**
 * Has Node compile the hub once, into this folder, for all processes that a run starts: a start costs half as much then
 * (Node docs: module compile cache). Node writes the cache when a process ends by itself, which one that is killed does
 * not, so that a process of its own loads everything first. From here on `process.env` names the folder.
 */
export async function fillCompileCache(folder: string): Promise<void> {
  process.env[variable] = folder
  const load = [...entries, ...packages].map((what) => `await import(${JSON.stringify(what)})`).join('\n')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', load], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The hub could not be loaded: the process ended with ${code}.`)
}

/** For a process that gets an environment of its own. */
export function passCompileCache(): Record<string, string> {
  const folder = process.env[variable]
  return folder ? { [variable]: folder } : {}
}

const variable = 'NODE_COMPILE_CACHE'
