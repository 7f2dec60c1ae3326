import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until its standard input ends, which happens when the test run that holds the other end is gone,
 * then ends every server below the given folder and removes it, and every hub whose process id it was told, one a line.
 * Ctrl-C must not reach it: it runs detached.
 */
const place = process.argv[2] ?? ''
let told = ''
for await (const chunk of process.stdin) told += chunk
for (const pid of told.split('\n').map(Number)) if (pid > 1 && isHub(pid)) end(pid, 'SIGKILL')
// A worker that has not noticed yet may still be starting one.
for (let quiet = 0; quiet < 5; quiet++) {
  const left = await remains()
  for (const { pid } of left) {
    quiet = 0
    // PostgreSQL's immediate shutdown: nobody needs these data again.
    end(pid, 'SIGQUIT')
  }
  await sleep(200)
}
for (const path of [...(await foldersElsewhere()), place]) await rm(path, { recursive: true, force: true })

async function remains(): Promise<{ pid: number }[]> {
  const homes = [place, ...(await foldersElsewhere())]
  const files = (await Promise.all(homes.map((home) => find(home, 'postmaster.pid')))).flat()
  return files.map((file) => ({ pid: Number(read(file).split('\n')[0]) })).filter(({ pid }) => pid > 1 && isServer(pid))
}

/** Where a server's data or socket went that could not live in the folder itself. */
async function foldersElsewhere(): Promise<string[]> {
  const notes = [...(await find(place, 'location')), ...(await find(place, 'socket-folder'))]
  return notes.map((file) => read(file).trim()).filter((path) => /^\/.*bellhop/.test(path))
}

async function find(folder: string, name: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [])
  return paths.filter((path) => basename(path) === name).map((path) => join(folder, path))
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function isServer(pid: number): boolean {
  return process.platform !== 'linux' || / \(postgres\) [^ZX]/.test(` ${read(`/proc/${pid}/stat`)}`)
}

/** By now the id may be another process's. */
function isHub(pid: number): boolean {
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes('src/node.ts')
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It was faster.
  }
}
