import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceFacts } from '../support/source-facts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The packages that a bundle of this file holds, through all that it imports. */
async function packagesOf(entry: string): Promise<Set<string>> {
  const packages = new Set<string>()
  const seen = new Set([entry])
  for (const path of seen) {
    for (const { specifier, typeOnly } of sourceFacts(path, await readFile(`${root}/${path}`, 'utf8')).imports) {
      if (typeOnly) continue
      if (specifier.startsWith('.')) seen.add(posix.join(posix.dirname(path), specifier))
      else packages.add(specifier)
    }
  }
  return packages
}

test.each(['src/app.ts', 'src/hub.ts', 'src/index.ts', 'src/cloudflare/outbound-guard.ts'])(
  '%s draws in no client that only Node has',
  async (entry) => {
    const packages = await packagesOf(entry)
    expect(packages).not.toContain('got')
    expect(packages).not.toContain('undici')
  },
)
