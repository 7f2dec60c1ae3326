import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { version } from '../../src/core/version.ts'

test('the version that reports name is that of the package', async () => {
  const { version: packaged } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(version).toBe(packaged)
})
