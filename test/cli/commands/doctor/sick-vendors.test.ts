import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectors } from '../../../../connectors/index.ts'
import { examineConnectors } from '../../../../src/cli/commands/doctor/examine-connectors.ts'
import { readConfiguration } from '../../../../src/config/configuration.ts'

let status = 503
const vendor = createServer((_, response) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"not now"}')
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
  const address = vendor.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  url = `http://127.0.0.1:${address.port}`
})

afterAll(() => void vendor.close())

const settingsOf = (): Record<string, string> => ({
  OKTA_ORG_URL: url,
  OKTA_API_TOKEN: 'an-api-token-of-okta',
  OKTA_HOOK_SECRETS: 'a-hook-secret-of-more-than-32-characters',
  OKTA_LEAVE_GROUPS: '00g1',
  OKTA_GRANTS: '{"crm": {"billing": "group:00g1"}}',
  OKTA_GRANTS_API_TOKEN: 'another-api-token-of-okta',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_BASE_URL: url,
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret-of-more-than-32-characters',
  SLACK_BASE_URL: `${url}/`,
  SLACK_BOT_TOKEN: 'xoxb-a-bot-token',
  SLACK_CHANNEL: 'C0123456789',
  KNOWBE4_BASE_URL: url,
  KNOWBE4_TOKEN: 'a-token-of-knowbe4',
  KNOWBE4_TRAINING: 'Security basics',
  PAGERDUTY_BASE_URL: url,
  PAGERDUTY_TOKEN: 'a-token-of-pagerduty',
  PAGERDUTY_SCHEDULES: 'PSCHED1',
  GITHUB_BASE_URL: url,
  GITHUB_TOKEN: 'ghp_a-token-of-github',
  GITHUB_GRANTS: '{"crm": "org:acme"}',
  GITHUB_FIND_LOGIN: 'map',
  ZENDESK_BASE_URL: url,
  ZENDESK_SUBDOMAIN: 'acme',
  ZENDESK_EMAIL: 'hub@acme.test',
  ZENDESK_API_TOKEN: 'a-token-of-zendesk',
  ZENDESK_GRANTS: '{"crm": "role:agent"}',
})

async function examine() {
  const read = readConfiguration(settingsOf(), connectors)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return (await examineConnectors(read.configuration)).filter((check) => check.status !== 'ok')
}

/** The names of what cannot be told while the vendor is unwell. Slack's SDK hides the status. */
const asked = ['okta', 'Auth0', 'slack', 'knowbe4', 'pagerduty', 'GitHub', 'Zendesk']

test.each([503, 429])(
  'a vendor that answers %s is not said to refuse a credential, a right or a setting',
  async (answer) => {
    status = answer
    const checks = await examine()
    for (const vendorName of asked) {
      const own = checks.filter(({ name }) => name.toLowerCase().startsWith(vendorName.toLowerCase()))
      expect(own, vendorName).not.toEqual([])
    }
    for (const { name, fix } of checks) {
      expect(fix, name).toMatch(/says nothing of the settings|limits calls just now/)
      expect(fix, name).not.toMatch(/Check |Give |Grant |Correct |Install /)
    }
  },
)

test('a vendor that refuses the credential is said to, with the setting that holds it', async () => {
  status = 401
  const checks = await examine()
  for (const { name, fix } of checks) expect(fix, name).not.toMatch(/says nothing of the settings/)
  expect(checks.map(({ fix }) => fix).join('\n')).toMatch(
    /new API token[\s\S]*AUTH0_CLIENT_SECRET[\s\S]*SLACK_BOT_TOKEN[\s\S]*KNOWBE4_TOKEN[\s\S]*PAGERDUTY_TOKEN[\s\S]*GITHUB_TOKEN[\s\S]*ZENDESK_API_TOKEN/,
  )
})
