import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { passCompileCache } from '../../lab/compile-cache.ts'
import { runCli } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal/terminal.ts'
import { makePaint, wantsColour } from '../../src/cli/terminal/terminal.ts'
import { makeRedactor } from '../../src/core/redact.ts'

export type CliAnswer = { code: number | null; out: string; err: string }

type CliQuestion = { args: string[]; env?: Record<string, string>; cwd?: string; input?: string }

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/**
 * Runs the CLI as a process of its own, as `npm run hub` does, with the given environment and nothing of this one but the path and the
 * compile cache.
 */
export function cli({ args, env = {}, cwd, input = '' }: CliQuestion): Promise<CliAnswer> {
  const child = spawn(process.execPath, ['--', main, ...args], {
    env: { PATH: process.env.PATH ?? '', ...passCompileCache(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd ? { cwd } : {}),
  })
  const answer: CliAnswer = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    answer.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    answer.err += chunk
  })
  // A command that ends without reading its input closes the pipe early.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ ...answer, code }))
  })
}

/** The same within this process, for what does not need one of its own: it has no terminal, so nothing is asked or cut. */
export async function cliHere({ args, env = {} }: Pick<CliQuestion, 'args' | 'env'>): Promise<CliAnswer> {
  const answer: CliAnswer = { code: null, out: '', err: '' }
  const redactor = makeRedactor()
  const terminal: Terminal = {
    out: (text) => {
      answer.out += `${redactor.hideSecrets(text)}\n`
    },
    note: (text) => {
      answer.err += `${redactor.hideSecrets(text)}\n`
    },
    draw: () => {},
    paint: makePaint(wantsColour({ environment: env, isTerminal: false })),
    width: Number.POSITIVE_INFINITY,
    canAsk: false,
    isDrawn: false,
    hide: redactor.declare,
  }
  const { code } = await runCli({ args, environment: env, terminal })
  return { ...answer, code }
}
