import { describe, expect, test } from 'vitest'
import { connectors } from '../../../connectors/index.ts'
import { cliHere } from '../../support/cli.ts'

const secret = 'whsec_a-secret-that-must-stay-hidden'
const okta = { OKTA_ORG_URL: 'https://acme.okta.com', OKTA_API_TOKEN: 'token-that-must-stay-hidden' }

type Row = { id: string; kind: string; state: string; problems: { setting: string; what: string }[]; members: string[] }

async function listed(env: Record<string, string>): Promise<{ code: number | null; rows: Row[] }> {
  const { code, out } = await cliHere({ args: ['connectors', '--json'], env })
  expect(out).not.toContain('must-stay-hidden')
  return { code, rows: JSON.parse(out) as Row[] }
}

describe('the list of the connectors', () => {
  test('has every installed one, with the members that it has', async () => {
    const { code, rows } = await listed({})
    expect(code).toBe(0)
    expect(rows.map(({ id }) => id)).toEqual(connectors.map(({ id }) => id))
    expect(rows.find(({ id }) => id === 'okta')?.members).toEqual(expect.arrayContaining(['read', 'list', 'commands']))
    expect(rows.find(({ id }) => id === 'alerts')?.members).toEqual(['on'])
  })

  test('says of one that is off which required settings it lacks', async () => {
    const { rows } = await listed({})
    expect(rows.find(({ id }) => id === 'alerts')).toMatchObject({
      state: 'off',
      problems: [
        { setting: 'HUB_ALERT_URL', what: 'is missing' },
        { setting: 'HUB_ALERT_SECRET', what: 'is missing' },
      ],
    })
  })

  test('says what is wrong with one, and ends with 1', async () => {
    const { code, rows } = await listed({ HUB_ALERT_URL: 'ftp://x', HUB_ALERT_SECRET: secret })
    expect(code).toBe(1)
    expect(rows.find(({ id }) => id === 'alerts')).toMatchObject({
      state: 'wrong',
      problems: expect.arrayContaining([expect.objectContaining({ setting: 'HUB_ALERT_URL' })]),
    })
  })

  test('has further instances, each by settings of its own', async () => {
    const { rows } = await listed({ ...okta, HUB_INSTANCES: 'okta_eu:okta' })
    const states = rows.filter(({ kind }) => kind === 'okta').map(({ id, state }) => [id, state])
    expect(states).toEqual([
      ['okta', 'on'],
      ['okta_eu', 'off'],
    ])
    expect(rows.find(({ id }) => id === 'okta_eu')?.problems[0]?.setting).toBe('OKTA_EU_ORG_URL')
  })

  test('is read by people too, with how to mend what is lacking', async () => {
    const { code, out } = await cliHere({ args: ['connectors'], env: { HUB_ALERT_URL: 'https://alerts.acme.test' } })
    expect(code).toBe(1)
    expect(out).toMatch(/^CONNECTOR +STATE +MEMBERS\nokta +off +read/)
    expect(out).toMatch(/alerts keeps the hub from starting:\n {2}HUB_ALERT_SECRET is missing\. The secret/)
    expect(out).toMatch(/auth0 is off, for lack of:\n {2}AUTH0_DOMAIN\. Set it/)
  })
})
