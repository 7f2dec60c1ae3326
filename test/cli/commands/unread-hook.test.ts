import { expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { cliHere } from '../../support/cli.ts'
import { lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()

test('a request that is not understood is told by its event’s id, in the answer and in the log, and shown by it', async () => {
  const warned: [Record<string, unknown>, string][] = []
  const log = { ...silentLog, warn: (facts: Record<string, unknown>, text: string) => void warned.push([facts, text]) }
  await using stage = await setInlineStage({ db, log })
  const answer = await stage.ask('provision', { ...lumosBody(), target_user: { email: 'no address of canary' } })
  const problem = (await answer.json()) as { code: string; detail: string; event: string }
  expect(answer.status).toBe(422)
  expect(problem).toMatchObject({ code: 'wrong_request', event: expect.stringMatching(/^evt_/) })
  expect(JSON.stringify(problem)).not.toContain('canary')

  const facts = { source: 'lumos', connector: 'vault', kind: 'provision', event: problem.event, reason: problem.detail }
  expect(warned).toContainEqual([facts, 'An inline hook was not understood'])
  expect(JSON.stringify(warned)).not.toContain('canary')

  const env = { DATABASE_URL: db.url }
  const shown = await cliHere({ args: ['show', problem.event, '--data'], env })
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('unparseable') })
  expect(shown.out).toContain('"email": "no address of canary"')
  expect(await db.sql`select id from hub.event where type = 'unparseable'`).toHaveLength(1)
})
