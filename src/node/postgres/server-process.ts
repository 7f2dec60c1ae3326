import { readFile, readlink } from 'node:fs/promises'
import { runProgram } from './run-program.ts'

/**
 * Whether this pid is a PostgreSQL server working on this data folder.
 * A zombie counts as dead: after a SIGKILL to a whole group it can keep its pid for seconds, or for ever when nobody
 * reaps it, and it answers `kill(pid, 0)` all the while. So does a stranger that was given the pid after a reboot.
 */
export async function isServerProcess(pid: number, dataFolder: string): Promise<boolean> {
  const found = (await fromProc(pid)) ?? (await fromPs(pid))
  if (!found || found.state.startsWith('Z') || found.state.startsWith('X')) return false
  if (!found.name.endsWith('postgres')) return false
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => dataFolder)
  return workingFolder === dataFolder
}

type Found = { state: string; name: string }

async function fromProc(pid: number): Promise<Found | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = stat.match(/^\d+ \((.*)\) (\w)/s) ?? []
  return name !== undefined && state !== undefined ? { name, state } : undefined
}

async function fromPs(pid: number): Promise<Found | undefined> {
  // A process that Linux does not list is gone; only systems without /proc need to ask `ps`.
  if (process.platform === 'linux') return undefined
  const { ok, output } = await runProgram('ps', ['-o', 'stat=,comm=', '-p', String(pid)])
  const [state, ...name] = output.trim().split(/\s+/)
  return ok && state ? { state, name: name.join(' ') } : undefined
}
