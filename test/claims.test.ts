import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Whole lines of comments are for readers of the code: they are shown to no operator. */
const isComment = /^\s*(\/\/|\/?\*)/

/** "Locked out" as something that is done, said of a person whom nobody has read back. */
const claim = /\b(is|are|was|were|people|person|held and|now) (locked|logged) out\b|lockout held/i

/** What says that it was not done, or what is done only after it was read back. */
const denials = /\b(nobody|not|never|would|may|from until) [^.]*(locked|logged) out|read back as locked out/i

function listSources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file))
}

test('no sentence of the hub says "locked out" of a person whom it has not read back', () => {
  const claims = ['src', 'connectors'].flatMap(listSources).flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => !isComment.test(line) && claim.test(line) && !denials.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(claims).toEqual([])
})
