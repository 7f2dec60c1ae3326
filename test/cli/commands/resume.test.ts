import { expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { cliHere } from '../../support/cli.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { queue } = makeJournal(db.sql)
const cli = (...args: string[]) => cliHere({ args, env: { DATABASE_URL: db.url } })

test('an operator resumes a paused connector with a reason, and the list shows who did it and why', async () => {
  await queue.pause({ id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })
  expect((await cli('resume', 'auth0')).code).toBe(2)
  expect((await cli('resume', 'list')).out).toMatch(/auth0 is paused since .*invalid_client/)
  const done = await cli('resume', 'auth0', '--reason', 'the secret was rotated', '--by', 'ann')
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining('auth0 goes on.') })
  expect(await queue.listConnectorStates()).toMatchObject([{ id: 'auth0', pausedSince: null }])
  expect((await cli('resume', 'list')).out).toMatch(/No connector is paused[\s\S]*auth0.*ann.*the secret was rotated/)
  expect((await cli('resume', 'auth0', '--reason', 'again')).code).toBe(1)
})

test('a connector that was never paused is not resumed, and the operator is told so', async () => {
  const answer = await cli('resume', 'autho', '--reason', 'a slip')
  expect(answer).toMatchObject({ code: 1, err: expect.stringContaining('never paused') })
})
