import { execFile } from 'node:child_process'

/** Whom a program runs as; absent means as ourselves. */
export type SystemUser = { name: string; uid: number; gid: number }

export type ProgramResult = { ok: boolean; output: string }

/**
 * Runs a program to its end and returns what it said; never throws, so that the caller can explain a failure.
 * The environment is a clean one: the operator's PGDATA, PGPORT or LANG must not steer our own server.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { user, cwd = '/' }: { user?: SystemUser | undefined; cwd?: string } = {},
): Promise<ProgramResult> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
  const identity = user ? { uid: user.uid, gid: user.gid } : {}
  return new Promise((resolve) => {
    execFile(program, args, { env, cwd, ...identity }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim()
      resolve({ ok: error === null, output: said || (error?.message ?? '') })
    })
  })
}
