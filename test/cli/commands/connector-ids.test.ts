import { expect, test, vi } from 'vitest'
import { cliHere } from '../../support/cli.ts'

vi.mock('../../../connectors/index.ts', async (load) => {
  const { connectors } = await load<{ connectors: { id: string }[] }>()
  return { connectors: [...connectors, { id: 'okta' }, { id: 'Time Clock' }, {}] }
})

test('connectors lists those whose id cannot be theirs as wrong, with how to mend it', async () => {
  const { code, out } = await cliHere({ args: ['connectors', '--json'] })
  expect(code).toBe(1)
  const rows = JSON.parse(out) as { id: string; state: string; problems: { what: string; fix: string }[] }[]
  expect(rows.filter(({ state }) => state === 'wrong')).toMatchObject([
    { id: 'okta', problems: [{ what: expect.stringContaining('two connectors'), fix: expect.any(String) }] },
    { id: 'Time Clock', problems: [{ what: expect.stringContaining('lower case') }] },
    { id: 'without an id', problems: [{ what: 'lists a connector without an id' }] },
  ])
  const said = await cliHere({ args: ['connectors'] })
  expect(said.out).toMatch(/Time Clock keeps the hub from starting:\n {2}connectors\/index\.ts lists a connector/)
})

test.each([[['okta']], [['doctor']], [['oktaa']]])(
  '%j does not stumble over a connector without an id',
  async (args) => {
    const { out, err } = await cliHere({ args })
    expect(out + err).not.toMatch(/undefined|not foreseen/)
  },
)
