import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { codeBlocks, readPages, root } from './support/markdown.ts'

/** Who runs a command that readers are told to run. */
type RunBy = { ci: RegExp } | { test: string; says: RegExp }

const story = 'test/cli/commands/commands.test.ts'
const edge = 'test/cloudflare/deploy-commands.test.ts'
const made = 'test/cli/commands/new-connector.test.ts'

/** What needs an account at a vendor is run by tests all the same, against the simulated tenants. */
const commands: Record<string, RunBy & { account?: boolean }> = {
  'npm ci': { ci: /^step npm ci$/m },
  'npm test': { ci: /^step npm test$/m },
  'npm run test:pooler': { ci: /^step npm run --silent test:pooler$/m },
  'npm run test:edge': { ci: /^step npm run --silent test:edge$/m },
  'npm run dev:worker': { test: 'test/cloudflare/dev-worker.edge.ts', says: /startDevWorker\(\[\],/ },
  'npm run dev:worker -- --demo --once': {
    test: 'test/cloudflare/dev-worker.edge.ts',
    says: /'--demo', '--once'/,
  },
  'npm run demo': { ci: /^step npm run demo -- --once$/m },
  'npm start': { account: true, test: story, says: /startHubProcess\(/ },
  'npm run dev -- --env-file .env': { account: true, test: 'test/node/npm-start.test.ts', says: /scripts\.dev/ },
  'npm run hub -- try badge validate --env-file .env --email lena.park@acme-demo.test --field floor=12': {
    account: true,
    test: 'test/cli/commands/try.test.ts',
    says: /attempt\('print', 'validate'/,
  },
  'npm run hub -- --help': { test: 'test/cli/usage.test.ts', says: /\['--help'\]/ },
  'npm run hub -- doctor': { account: true, test: story, says: /\['doctor'/ },
  'npm run hub -- auth0 deploy-action': { account: true, test: story, says: /\['auth0', 'deploy-action'\]/ },
  'npm run hub -- auth0 deploy-action --check': {
    account: true,
    test: story,
    says: /\['auth0', 'deploy-action', '--check'\]/,
  },
  'npm run hub -- okta install-hook': { account: true, test: story, says: /\['okta', 'install-hook'/ },
  'npm run hub -- okta install-hook --check': {
    account: true,
    test: story,
    says: /\['okta', 'install-hook', '--check'\]/,
  },
  'npm run hub -- demo tenants': { test: 'test/cli/commands/demo/tenants.test.ts', says: /'demo', 'tenants'/ },
  'npm run hub -- report go-live': {
    account: true,
    test: 'test/cli/commands/brake.test.ts',
    says: /'report', 'go-live'/,
  },
  'npm run hub -- deliveries': { test: story, says: /\(\['deliveries'\]/ },
  'npm run hub -- deliveries --follow': {
    test: 'test/cli/commands/deliveries.test.ts',
    says: /'deliveries', '--follow'/,
  },
  'npm run hub -- deliveries --stuck': { test: story, says: /\['deliveries', '--stuck'\]/ },
  'npm run hub -- deliveries --status held': { test: story, says: /\['deliveries', '--status'/ },
  'npm run hub -- deliveries --status contradicted': { test: story, says: /\['deliveries', '--status'/ },
  'npm run hub -- person lena.park@acme-demo.test': { test: story, says: /\['person', lena\.email\]/ },
  'npm run hub -- person adopt list': { test: 'test/cli/commands/adopt.test.ts', says: /'person', 'adopt', 'list'/ },
  'npm run hub -- person adopt 00u1ab2cd3EF4gh5 "auth0|62f1" --reason "hired again in May"': {
    test: 'test/cli/commands/adopt.test.ts',
    says: /'person', 'adopt', again\.id, LENA\.databaseUserId/,
  },
  'npm run hub -- show dlv_0123456789': { test: story, says: /\['show', deliveryId\]/ },
  'npm run hub -- show evt_0123456789 --data': {
    test: 'test/cli/commands/unread-hook.test.ts',
    says: /\['show', problem\.event, '--data'\]/,
  },
  'npm run hub -- replay dlv_0123456789': { test: story, says: /\['replay', deliveryId/ },
  'npm run hub -- okta resync': {
    account: true,
    test: 'test/cli/commands/reports.test.ts',
    says: /\('okta', 'resync'\)/,
  },
  'npm run hub -- okta resync --since 2h': {
    account: true,
    test: 'test/cli/commands/reports.test.ts',
    says: /\('okta', 'resync', .*'--since'/,
  },
  'npm run hub -- okta resync --full': {
    account: true,
    test: 'test/cli/commands/reports.test.ts',
    says: /\('okta', 'resync', '--full'\)/,
  },
  'npm run hub -- okta resync --full --apply': {
    account: true,
    test: 'test/cli/commands/reports.test.ts',
    says: /\('okta', 'resync', '--full', '--apply'/,
  },
  'npm run hub -- report leavers --from 30d': {
    test: 'test/cli/commands/reports.test.ts',
    says: /\('report', 'leavers', .*'--from'/,
  },
  'npm run hub -- report leavers --against hr.csv': {
    test: 'test/cli/commands/reports.test.ts',
    says: /\('report', 'leavers', '--against', file/,
  },
  'npm run hub -- report leavers --from 90d --sample 5 --seed 2026Q4': {
    test: 'test/cli/commands/reports.test.ts',
    says: /\('report', 'leavers', '--sample', '1', '--seed', 'a'/,
  },
  'npm run hub -- report operators --from 90d --csv': {
    test: 'test/cli/commands/reports.test.ts',
    says: /\('report', 'operators', '--csv'/,
  },
  'npm run hub -- connector new time-clock': { test: made, says: /hub\('connector', 'new', 'time-clock'\)/ },
  'npx vitest run connectors/time-clock': { test: made, says: /'vitest', \['run', 'connectors\/time-clock'\]/ },
  'npm run hub -- connectors': { test: 'test/cli/commands/list-connectors.test.ts', says: /\['connectors'\]/ },
  'npm run chaos -- --prove': { ci: /^step npm run --silent chaos -- --prove$/m },
  'npm run chaos -- --quick --minutes 20': { ci: /^step npm run --silent chaos -- --quick --minutes 20 --quiet$/m },
  'npx wrangler login': { account: true, test: edge, says: /\['login'/ },
  'npx wrangler hyperdrive create bellhop --connection-string "$DATABASE_URL" --caching-disabled': {
    account: true,
    test: edge,
    says: /\['hyperdrive create'/,
  },
  'npx wrangler queues create bellhop-nudges': { account: true, test: edge, says: /\['queues create'/ },
  'npx wrangler queues create bellhop-nudges-dead': { account: true, test: edge, says: /\['queues create'/ },
  'npx wrangler secret put OKTA_API_TOKEN': { account: true, test: edge, says: /\['secret put'/ },
  'npx wrangler secret put OKTA_HOOK_SECRETS': { account: true, test: edge, says: /\['secret put'/ },
  'npx wrangler secret put AUTH0_CLIENT_SECRET': { account: true, test: edge, says: /\['secret put'/ },
  'npx wrangler secret put HUB_DIAGNOSIS_TOKEN': { account: true, test: edge, says: /\['secret put'/ },
  'npx wrangler deploy': { account: true, test: edge, says: /\['deploy'/ },
  'npm run hub -- migrate': { account: true, test: story, says: /\['migrate'/ },
  'npm run hub -- doctor --edge --url https://bellhop.example.workers.dev': {
    account: true,
    test: 'test/cli/commands/doctor/edge.test.ts',
    says: /'doctor', '--edge', '--url'/,
  },
  'npm run hub -- token make --for ann@acme.com --role viewer --name "wall display"': {
    test: 'test/cli/commands/token.test.ts',
    says: /cli\('make', '--for', 'ann', '--role', 'viewer', '--name', 'wall'/,
  },
  'npm run hub -- token list': { test: 'test/cli/commands/token.test.ts', says: /cli\('list'\)/ },
  'npm run hub -- token revoke tok_0123456789': {
    test: 'test/cli/commands/token.test.ts',
    says: /cli\('revoke', id\.slice\(0, 20\)\)/,
  },
  'npm run hub -- console': { test: 'test/cli/commands/console.test.ts', says: /cli\('--print'\)/ },
  'npm run hub -- console --break-glass --for ann@acme.com --reason "Okta is down, a leaver is stuck"': {
    test: 'test/cli/commands/console.test.ts',
    says: /cli\('--break-glass', '--for', 'lena@acme\.com', '--reason'/,
  },
  'npm run hub -- audit --since 30d': { test: 'test/cli/commands/audit.test.ts', says: /\['--since', '1h'\]/ },
  'npm run hub -- audit --target lena.park@acme-demo.test': {
    test: 'test/cli/commands/audit.test.ts',
    says: /\['--target', 'Lena@/,
  },
  'npm run hub -- audit --jsonl --after 1200': {
    test: 'test/cli/commands/audit.test.ts',
    says: /'--jsonl', '--after'/,
  },
  'npm run hub -- batch plan replay --status failed --connector auth0 --name "after the outage"': {
    test: 'test/cli/commands/batch.test.ts',
    says: /'plan', 'replay', '--status', 'failed', '--connector', 'auth0', '--name'/,
  },
  'npm run hub -- batch show bat_0123456789': { test: 'test/cli/commands/batch.test.ts', says: /'show', id/ },
  'npm run hub -- batch apply bat_0123456789 --reason "the credential is mended"': {
    test: 'test/cli/commands/batch.test.ts',
    says: /'apply', id, '--reason'/,
  },
  'npm run hub -- batch plan enforce --search lena. --name "the first ones"': {
    test: 'test/cli/commands/batch.test.ts',
    says: /'plan', 'enforce', '--search', 'lena\.', '--name'/,
  },
  'npm run hub -- batch plan enforce --source okta --name "all who are known"': {
    test: 'test/cli/commands/batch.test.ts',
    says: /'plan', 'enforce', '--source', 'okta', '--name'/,
  },
  'npm run hub -- batch list': { test: 'test/cli/commands/batch.test.ts', says: /cli\('list'\)/ },
  'npm run hub -- recover --since 2h': { test: story, says: /\['recover', '--since', '10m'\]/ },
}

const pages = await readPages()
const shown = pages.flatMap(({ path, text }) =>
  codeBlocks(text, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [call = '', remark = ''] = line.split(/\s+#\s+/)
      return call.split(' && ').map((command) => ({ path, command: command.trim(), remark }))
    }),
)

describe('a command in the docs', () => {
  test('is in the table of who runs it', () => {
    expect(shown.filter(({ command }) => !(command in commands))).toEqual([])
    expect(shown.length).toBeGreaterThan(10)
  })

  test('is still shown somewhere', () => {
    const all = shown.map(({ command }) => command)
    expect(Object.keys(commands).filter((command) => !all.includes(command))).toEqual([])
  })

  test('is marked where it needs an account, and only there', () => {
    const wrong = shown.filter(
      ({ command, remark }) =>
        (commands[command]?.account ?? false) !== /^your (Okta org|Auth0 tenant|Cloudflare account)/.test(remark),
    )
    expect(wrong).toEqual([])
  })

  test.each(Object.entries(commands))('%s is run as the table says', async (_command, by) => {
    const [file, line] = 'ci' in by ? ['.ci/run', by.ci] : [by.test, by.says]
    expect(await readFile(root + file, 'utf8')).toMatch(line)
  })
})
