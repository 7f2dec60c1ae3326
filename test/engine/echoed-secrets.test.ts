import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { hookSecret } from '../../lab/environment.ts'
import { describeErrors } from '../../src/core/log.ts'
import { redact } from '../../src/core/redact.ts'
import { cliHere } from '../support/cli.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { lumosBody } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, setStage } from '../support/stage.ts'

const db = await testDatabase()

const secrets = {
  okta: '00okta-reader-token-that+opens/nothing=',
  auth0: 'auth0-client-secret-"quoted"-value',
  atRunTime: 'a-token-that-auth0-gave-at-run-time',
  github: 'ghp_github+token/that~opens=nothing',
  zendesk: 'zendesk-api-token-that-opens-nothing',
  slack: 'xoxb-slack-token-that-opens-nothing',
  relay: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
}
const lumosSecret = 'a-lumos-secret-of-some-length'

/** A vendor that repeats the head of each request, in several forms and in every field that a vendor has for words. */
async function startEcho(status: number) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/oauth/token') {
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.end(JSON.stringify({ access_token: secrets.atRunTime, token_type: 'Bearer', expires_in: 3600 }))
    }
    const given = request.headers.authorization ?? ''
    seen.push(given)
    const bare = given.replace(/^\S+ /, '')
    const said = [given, encodeURIComponent(given), JSON.stringify({ bare }), btoa(bare), btoa(`user:${bare}`)].join(
      ' ',
    )
    const body = {
      ...{ ok: false, message: said, error: said, error_description: said, errorCode: 'E0000001', errorSummary: said },
      ...{ errors: [{ message: said }], description: said, errorCauses: [{ errorSummary: said }] },
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Every way in which a secret could be read in a text. */
function findSecrets(text: string): string[] {
  const forms = [...Object.values(secrets), lumosSecret].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
    // What is left of a form when its ends are hidden.
    secret.slice(4, -4),
    btoa(secret).slice(2, -6),
    btoa(`user:${secret}`).slice(10, -6),
    btoa(`ops@acme-demo.test/token:${secret}`).slice(36, -6),
  ])
  return forms.filter((form) => text.includes(form))
}

async function readJournal(): Promise<string> {
  const tables = await db.sql`select table_name from information_schema.tables where table_schema = 'hub'`
  const texts = tables.map(({ table_name: name }) => db.sql`select t::text from hub.${db.sql(String(name))} t`)
  return JSON.stringify(await Promise.all(texts))
}

test.each([[400], [403], [500]])(
  'no secret that a vendor repeats with a %i is in the journal, an answer, an alert, a log or the command line (attack 4)',
  async (status) => {
    await using echo = await startEcho(status)
    const logged: string[] = []
    const write = (facts: Record<string, unknown>, message: string) =>
      void logged.push(JSON.stringify([redact(describeErrors(facts)), message]))
    const settings = {
      AUTH0_BASE_URL: echo.url,
      AUTH0_CLIENT_SECRET: secrets.auth0,
      GITHUB_BASE_URL: echo.url,
      GITHUB_TOKEN: secrets.github,
      GITHUB_GRANTS: '{"crm": {"code": "org:acme"}}',
      GITHUB_FIND_LOGIN: 'map',
      GITHUB_LOGINS: JSON.stringify({ [LENA.email]: 'lena-p' }),
      ZENDESK_SUBDOMAIN: 'acme',
      ZENDESK_BASE_URL: echo.url,
      ZENDESK_EMAIL: 'ops@acme-demo.test',
      ZENDESK_API_TOKEN: secrets.zendesk,
      ZENDESK_GRANTS: '{"crm": {"support": "role:agent"}}',
      SLACK_BOT_TOKEN: secrets.slack,
      SLACK_CHANNEL: 'C0EXAMPLE01',
      SLACK_BASE_URL: echo.url,
      RELAY_URL: echo.url,
      RELAY_SECRETS: secrets.relay,
      RELAY_GRANTS: '{"crm": {"own": "word"}}',
      LUMOS_HOOK_SECRETS: ['github', 'zendesk', 'relay'].map((id) => `${id}/*:${lumosSecret}`).join(),
    }
    await using stage = await setStage({
      db,
      settings,
      log: { debug: write, info: write, warn: write, error: write },
      concurrency: 4,
    })
    const answers: string[] = []
    for (const [connector, permission] of [
      ['github', 'code'],
      ['zendesk', 'support'],
      ['relay', 'own'],
    ] as const) {
      for (const kind of ['provision', 'deprovision', 'validate']) {
        const answer = await fetch(`${stage.hub.url}/hooks/lumos/${connector}/${kind}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: lumosSecret },
          body: JSON.stringify(lumosBody({ app: 'crm', permissions: [permission] })),
        })
        answers.push(`${[...answer.headers]} ${await answer.text()}`)
      }
    }
    stage.tenants.okta.users.transition(LENA.oktaId, 'suspend')
    await expect
      .poll(async () => (await stage.hub.deliveries()).some(({ kind, lastError }) => kind === 'sync' && lastError), {
        timeout: 10_000,
      })
      .toBe(true)
    await expect
      .poll(
        async () =>
          (await stage.hub.sql`select distinct connector from hub.delivery where last_error is not null`).length,
        {
          timeout: 10_000,
        },
      )
      .toBeGreaterThanOrEqual(3)
    const { out, err } = await cliHere({
      args: ['deliveries', '--json'],
      env: { ...settings, OKTA_ORG_URL: stage.tenants.okta.url, DATABASE_URL: db.url },
    })
    const journal = await readJournal()
    expect(echo.seen.join()).toContain(secrets.atRunTime)
    expect(journal).toContain('[redacted]')
    expect({
      journal: findSecrets(journal),
      answers: findSecrets(answers.join()),
      log: findSecrets(logged.join()),
    }).toEqual({ journal: [], answers: [], log: [] })
    expect(findSecrets(out + err)).toEqual([])
  },
  60_000,
)

test('no secret that Okta repeats is in the journal or a log (attack 4)', async () => {
  await using echo = await startEcho(403)
  const logged: string[] = []
  const write = (facts: Record<string, unknown>, message: string) =>
    void logged.push(JSON.stringify([redact(describeErrors(facts)), message]))
  await using stage = await setStage({
    db,
    settings: { OKTA_ORG_URL: echo.url, OKTA_API_TOKEN: secrets.okta },
    log: { debug: write, info: write, warn: write, error: write },
  })
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]), {
    authorization: hookSecret,
  })
  await expect.poll(() => stage.hub.alerts(), { timeout: 10_000 }).toContain('hub.alert.connector_paused')
  const journal = await readJournal()
  expect(echo.seen.join()).toContain(secrets.okta)
  expect(journal).toContain('[redacted]')
  expect([...findSecrets(journal), ...findSecrets(logged.join())]).toEqual([])
})
