import { execFile } from 'node:child_process'
import { readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './markdown.ts'

const run = promisify(execFile)
const migrationsFolder = 'src/journal/migrations'

/** A commit to try against the schema of this tree, or why there is none. */
type PreviousCommit = { commit: string } | { none: string }

/**
 * The newest commit whose code knows fewer migrations than this tree and reads the marks of newer ones. Where there is
 * none, the commit before this one, if it can work with this tree's schema: because it knows all of it.
 */
export async function findPreviousCommit(): Promise<PreviousCommit> {
  const top = await git('rev-parse', '--show-prefix').catch(() => null)
  if (top !== '') return { none: 'this folder is not the root of a git repository' }
  if ((await git('rev-parse', '--is-shallow-repository')) === 'true') return { none: 'the clone has no history' }
  const ours = (await readdir(`${root}${migrationsFolder}`)).length
  // A commit that adds a migration is one after a commit that knows fewer; HEAD is one when the new file is not committed yet.
  const added = await git('log', '--format=%P', '--diff-filter=A', '--', migrationsFolder)
  for (const commit of ['HEAD', ...added.split(/\s+/).filter(Boolean)]) {
    if ((await countMigrations(commit)) < ours && (await isBefore(commit))) return { commit }
  }
  const before = await git('rev-parse', '--verify', '--quiet', 'HEAD~1').catch(() => '')
  if (before && (await countMigrations(before)) === ours) return { commit: before }
  return { none: 'no commit before this one works with this schema' }
}

/** Writes the tree of a commit into an empty folder, with this tree's packages, and returns the file that starts its hub. */
export async function checkOut(commit: string, folder: string): Promise<string> {
  const archive = join(folder, 'tree.tar')
  await git('archive', '--output', archive, commit)
  await run('tar', ['-xf', archive, '-C', folder])
  await symlink(`${root}node_modules`, join(folder, 'node_modules'))
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } }
  return join(folder, scripts.start.replace(/^exec node (-- )?/, ''))
}

async function countMigrations(commit: string): Promise<number> {
  const names = await git('ls-tree', '--name-only', commit, `${migrationsFolder}/`)
  return names.split('\n').filter((name) => name.endsWith('.sql')).length
}

/** Reads marks, and made its database with the texts of this tree: a text may change until it is released. */
async function isBefore(commit: string): Promise<boolean> {
  return Promise.all([
    git('grep', '--quiet', 'works_with', commit, '--', 'src/journal/sql/migrate.ts'),
    git('diff', '--quiet', '--no-renames', '--diff-filter=MD', commit, '--', migrationsFolder),
  ]).then(
    () => true,
    () => false,
  )
}

async function git(...words: string[]): Promise<string> {
  return (await run('git', words, { cwd: root })).stdout.trim()
}
