import { makeEnvironment } from '../../lab/environment.ts'
import { startGitHubTenant } from '../../lab/simulators/github/server.ts'
import { startKnowBe4Account } from '../../lab/simulators/knowbe4/server.ts'
import { startPagerDutyAccount } from '../../lab/simulators/pagerduty/server.ts'
import { startRelayReceiver } from '../../lab/simulators/relay/server.ts'
import { startSlackWorkspace } from '../../lab/simulators/slack/server.ts'
import { startZendeskTenant } from '../../lab/simulators/zendesk/server.ts'
import { silentLog } from '../../src/core/log.ts'
import { cliHere } from './cli.ts'
import { lumosBody } from './inline-stage.ts'
import type { TestDatabase } from './postgres.ts'
import { LENA, OMAR, setStage } from './stage.ts'

const lumosSecret = 'lumos-secret'
const relaySecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const slackChannel = 'C0EXAMPLE01'

/** The training that the hub asks KnowBe4 for. */
export const training = 'Security Basics'
export const githubLogins: Record<string, string> = { [LENA.email]: 'lena-p', [OMAR.email]: 'omar-d' }

export type BundledStage = Awaited<ReturnType<typeof setBundledStage>>

type Ask = Parameters<typeof lumosBody>[0]

/** One hub with all that is bundled, each connector in front of its simulated vendor. */
export async function setBundledStage(db: TestDatabase) {
  const vendors = await startVendors()
  /** What the hub and its connectors wrote to the log. */
  const logged: { facts: Record<string, unknown>; message: string }[] = []
  const settings = settingsOf(vendors)
  const stage = await setStage({
    db,
    tenants: {
      okta: {
        tokens: [
          { value: 'reader', scopes: ['okta.users.read'] },
          { value: 'granter', scopes: ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read'] },
        ],
        groups: [{ id: '00gfinance', name: 'Finance' }],
      },
      auth0: {
        roles: [{ id: 'rol_billing', name: 'Billing' }],
        organizations: [{ id: 'org_partners', name: 'partners' }],
      },
    },
    settings,
    log: { ...silentLog, info: (facts, message) => void logged.push({ facts, message }) },
  })
  return {
    ...stage,
    ...vendors,
    logged,
    /** Runs the CLI as an operator of this hub would. */
    operate: (...args: string[]) =>
      cliHere({
        args,
        env: {
          ...makeEnvironment(stage.tenants),
          ...settings,
          DATABASE_URL: db.url,
          PORT: new URL(stage.hub.url).port,
        },
      }),
    /** Sends an inline hook as Lumos would, about Lena unless said otherwise. */
    ask: (connector: string, kind: string, about: Ask): Promise<Response> =>
      fetch(`${stage.hub.url}/hooks/lumos/${connector}/${kind}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: lumosSecret },
        body: JSON.stringify(lumosBody({ app: 'crm', ...about })),
      }),
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      await Promise.all(Object.values(vendors).map((vendor) => vendor.close()))
    },
  }
}

async function startVendors() {
  return {
    relay: await startRelayReceiver({ secrets: [relaySecret] }),
    github: await startGitHubTenant({
      accounts: [{ login: 'acme-owner' }, ...Object.values(githubLogins).map((login) => ({ login }))],
      organizations: [
        { login: 'acme', members: [{ login: 'acme-owner', role: 'admin' }], teams: [{ slug: 'platform' }] },
      ],
    }),
    zendesk: await startZendeskTenant({ users: [LENA, OMAR].map(({ email }, i) => ({ id: i + 100, email })) }),
    knowbe4: await startKnowBe4Account({ users: [LENA, OMAR].map(({ email }, i) => ({ id: i + 1, email })) }),
    pagerduty: await startPagerDutyAccount(),
    slack: await startSlackWorkspace({ channels: [slackChannel] }),
  }
}

/** In one environment, as an operator would write it. */
function settingsOf(vendors: Awaited<ReturnType<typeof startVendors>>): Record<string, string> {
  const { relay, github, zendesk, knowbe4, pagerduty, slack } = vendors
  return {
    LUMOS_HOOK_SECRETS: `*/*:${lumosSecret}`,
    AUTH0_GRANTS: JSON.stringify({ crm: { billing: 'role:rol_billing', partners: 'organization:org_partners' } }),
    LUMOS_END_ACCESS: 'true',
    AUTH0_REVOKE_ON_DENY: 'true',
    OKTA_GRANTS: JSON.stringify({ crm: { finance: 'group:00gfinance' } }),
    OKTA_GRANTS_API_TOKEN: 'granter',
    OKTA_REVOKE_ON_DENY: 'true',
    RELAY_URL: relay.url,
    RELAY_SECRETS: relaySecret,
    RELAY_GRANTS: JSON.stringify({ crm: { impersonate: 'impersonate-customers' } }),
    RELAY_ASKS_HAS: 'true',
    HUB_ALERT_URL: relay.url,
    HUB_ALERT_SECRET: relaySecret,
    GITHUB_BASE_URL: github.url,
    GITHUB_TOKEN: github.token,
    GITHUB_GRANTS: JSON.stringify({ crm: { code: 'org:acme', platform: 'team:acme/platform' } }),
    GITHUB_REVOKE_ON_DENY: 'true',
    GITHUB_FIND_LOGIN: 'map',
    GITHUB_LOGINS: JSON.stringify(githubLogins),
    ZENDESK_SUBDOMAIN: 'acme',
    ZENDESK_BASE_URL: zendesk.url,
    ZENDESK_OAUTH_TOKEN: zendesk.credentials.oauthToken,
    ZENDESK_GRANTS: JSON.stringify({ crm: { support: 'role:agent' } }),
    ZENDESK_REVOKE_ON_DENY: 'true',
    PRINT: 'on',
    KNOWBE4_TOKEN: knowbe4.token,
    KNOWBE4_TRAINING: training,
    KNOWBE4_BASE_URL: knowbe4.url,
    PAGERDUTY_TOKEN: pagerduty.token,
    PAGERDUTY_SCHEDULES: 'PSCHED1',
    PAGERDUTY_BASE_URL: pagerduty.url,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_CHANNEL: slackChannel,
    SLACK_EVENTS: 'hub.access.*',
    SLACK_BASE_URL: slack.url,
  }
}
