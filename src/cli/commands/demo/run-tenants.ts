import {
  makeAdminEnvironment,
  makeCarefulEnvironment,
  makeEnvironment,
  makeGrantEnvironment,
} from '../../../../lab/environment.ts'
import { CAST, startTenants, type Tenants } from '../../../../lab/simulators/seed.ts'
import { errorMessage, UsageError } from '../../../core/errors.ts'
import type { Call } from '../../terminal/command.ts'
import { readWholeNumber } from '../../terminal/options.ts'
import { printLines } from '../../terminal/output.ts'
import type { Paint } from '../../terminal/terminal.ts'

/** Runs the simulated tenants until they are told to end, for a hub that runs somewhere else on this machine. */
export async function runTenants({ options, terminal, environment }: Call): Promise<boolean> {
  const port = (option: string, fallback: number) =>
    readWholeNumber(options[option], { option: `--${option}`, fallback, least: 0, most: 65_535 })
  const ports = { okta: port('okta-port', 8788), auth0: port('auth0-port', 8789) }
  const tenants = await startTenants({ okta: { port: ports.okta }, auth0: { port: ports.auth0 } }).catch(
    explainTakenPort,
  )
  const ended = waitForEnd()
  const settings = makeSettings(tenants, environment.PORT || '8787')
  if (options.json) terminal.out(JSON.stringify(settings))
  else printLines(terminal, formatGuide({ tenants, settings, paint: terminal.paint }))
  await ended
  await tenants.close()
  return true
}

function makeSettings(tenants: Tenants, port: string): Record<string, string> {
  return {
    PORT: port,
    HUB_PUBLIC_URL: `http://127.0.0.1:${port}`,
    ...makeEnvironment(tenants),
    ...makeCarefulEnvironment(),
    ...makeGrantEnvironment(),
    ...makeAdminEnvironment(tenants),
  }
}

type Guide = { tenants: Tenants; settings: Record<string, string>; paint: Paint }

function formatGuide({ tenants: { okta, auth0 }, settings, paint }: Guide): string[] {
  const { lena } = CAST
  const login = JSON.stringify({ user_id: lena.enterpriseUserId })
  return [
    `${paint.bold('Simulated Okta org')}      ${okta.url}`,
    `${paint.bold('Simulated Auth0 tenant')}  ${auth0.url}`,
    '',
    paint.bold('1. In the terminal of the hub, paste:'),
    ...Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`),
    '',
    paint.bold(
      '2. There: start the hub; in a third terminal with the same settings install hook and Action, and look at everybody:',
    ),
    'npm start',
    'npm run hub -- okta install-hook',
    'npm run hub -- auth0 deploy-action',
    'npm run hub -- okta resync --full --apply',
    '',
    paint.bold('3. Let Lena in, deactivate her, and see that she is kept out:'),
    `curl -s ${auth0.url}/login -H 'content-type: application/json' -d '${login}'`,
    `curl -s -X POST ${okta.url}/api/v1/users/${lena.oktaId}/lifecycle/deactivate -H 'authorization: SSWS ${okta.token}'`,
    `npm run hub -- person ${lena.email}`,
    '',
    paint.bold('4. Ask for access as a request platform would: "Try it without Lumos" in docs/connect-lumos.md'),
    '',
    paint.bold(
      'Errors on purpose: what a tenant does to the requests that match (delayMs, status, lateMs, cut, times)',
    ),
    `curl ${auth0.url}/simulation/weather -d '{"method":"PATCH","status":500,"times":3}'`,
    `curl ${auth0.url}/simulation/weather -d '{"path":"/api/v2/users","status":429,"resetSeconds":5}'`,
    `curl ${okta.url}/simulation/weather -d '{"path":"/api/v1/users","cut":"midway"}'`,
    `curl ${okta.url}/simulation/deliveries/weather -d '{"duplicate":"new-event-id"}'   (or drop, delayMs, reorder)`,
    `curl -X DELETE ${okta.url}/simulation/weather`,
    '',
    paint.bold('What they saw'),
    `curl ${okta.url}/simulation/deliveries   ${okta.url}/simulation/calls`,
    `curl ${auth0.url}/simulation/logins      ${auth0.url}/simulation/calls`,
    '',
    'Ctrl-C ends them; what is in them is gone then.',
  ]
}

function explainTakenPort(thrown: unknown): never {
  const taken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
  if (!taken) throw thrown
  throw new UsageError({
    what: 'A simulated tenant cannot listen.',
    why: errorMessage(thrown),
    fix: 'Choose other ports with --okta-port and --auth0-port; 0 takes a free one.',
  })
}

function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
