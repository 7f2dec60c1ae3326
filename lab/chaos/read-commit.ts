import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('../../', import.meta.url))

/** The commit of the code that is played; with a plus where files differ from it. */
export function readCommit(): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd, encoding: 'utf8' }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '+' : '')
  } catch {
    return 'unknown'
  }
}
