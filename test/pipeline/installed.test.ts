import { expect, test } from 'vitest'
import { CredentialError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { classify } from '../../src/core/outcome.ts'
import { install, type Outbound, withClient } from '../../src/pipeline/installed.ts'

const outbound: Outbound = {
  fetch,
  retry: (read) => read(),
  http: () => {
    throw new Error('no call is expected')
  },
}

/** A connector whose every client has a number, and of which the first so many are refused. */
function connectorThatRefuses(refused: number, id = 'acme') {
  let made = 0
  const installed = install({ id, connector: { id, connect: () => ++made }, config: {} }, { outbound, log: silentLog })
  const work = async (client: unknown) => {
    if (Number(client) <= refused) throw new CredentialError(`client ${client} was refused`)
    return client
  }
  return { installed, work }
}

test('a refused client is made anew once, because its token may have been revoked early', async () => {
  const { installed, work } = connectorThatRefuses(1)
  expect(await withClient(installed, work)).toBe(2)
  expect(await withClient(installed, work)).toBe(2)
})

test('a fresh client that is refused too says whose credential it is', async () => {
  const { installed, work } = connectorThatRefuses(9)
  const refusal = await withClient(installed, work).catch((thrown: unknown) => thrown)
  expect(classify(refusal, 'somebody else')).toMatchObject({ kind: 'credential', connector: 'acme' })
})

test('a refusal by the authority in the middle of a plan is not held against the connector', async () => {
  const authority = connectorThatRefuses(9, 'okta')
  const target = connectorThatRefuses(0, 'auth0')
  const plan = () => withClient(target.installed, () => withClient(authority.installed, authority.work))
  const refusal = await plan().catch((thrown: unknown) => thrown)
  expect(classify(refusal, 'auth0')).toMatchObject({ kind: 'credential', connector: 'okta' })
  expect(await target.installed.client()).toBe(1)
})

test('a client that could not be made is made at the next call', async () => {
  let tries = 0
  const connect = () => {
    tries++
    if (tries === 1) throw new Error('no network yet')
    return 'client'
  }
  const installed = install(
    { id: 'acme', connector: { id: 'acme', connect }, config: {} },
    { outbound, log: silentLog },
  )
  await expect(installed.client()).rejects.toThrow('no network yet')
  expect(await installed.client()).toBe('client')
})

test('a client knows of which instance it is', async () => {
  const connector = { id: 'okta', connect: ({ id }: { id: string }) => id }
  const installed = install({ id: 'okta_eu', connector, config: {} }, { outbound, log: silentLog })
  expect(await installed.client()).toBe('okta_eu')
})
