import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Undertaker = {
  /** A process that must be gone when this one is. */
  mind(pid: number): void
  dismiss(): void
}

/** A process of its own that outlives this one, by a SIGKILL if need be, and clears up after it. */
export function watchOver(place: string): Undertaker {
  const script = fileURLToPath(new URL('../../test/support/undertaker.ts', import.meta.url))
  const child = spawn(process.execPath, [script, place], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return { mind: (pid) => void child.stdin.write(`${pid}\n`), dismiss: () => void child.kill() }
}
