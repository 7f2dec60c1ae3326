import type { CliCommand } from '../../terminal/command.ts'
import { findClosest, WrongUsage } from '../../terminal/wrong-usage.ts'

export const demoCommand: CliCommand = {
  usage: 'demo [--once] | demo tenants [--okta-port <n>] [--auth0-port <n>]',
  help: [
    'demo          Plays the whole story on this machine alone: a simulated Okta org, a simulated Auth0 tenant, the hub',
    '              and an embedded PostgreSQL. It keeps running afterwards, so that you can look around.',
    'demo tenants  Runs the simulated tenants alone, for a hub of your own: prints the settings to paste, and how to',
    '              make the tenants misbehave. Everything in them is gone when they end.',
    'Both ignore DATABASE_URL and the settings of real tenants.',
  ].join('\n'),
  options: {
    once: { type: 'boolean', describe: 'demo: end when the story is told' },
    'okta-port': { type: 'string', value: '<n>', describe: 'demo tenants: the port of Okta (default: 8788)' },
    'auth0-port': { type: 'string', value: '<n>', describe: 'demo tenants: the port of Auth0 (default: 8789)' },
    json: { type: 'boolean', describe: 'demo tenants: print the settings as one line of JSON' },
  },
  examples: ['npm run demo -- --once', 'npm run hub -- demo tenants'],
  exits: { ok: 'every step passed; the tenants ran', no: 'a step failed' },
  showsCredentials: true,
  async run(call) {
    const [what, further] = call.words
    if (what === undefined) {
      const { playDemo } = await import('./play-demo.ts')
      return playDemo({ once: call.options.once === true })
    }
    if (what === 'tenants' && further === undefined) {
      const { runTenants } = await import('./run-tenants.ts')
      return runTenants(call)
    }
    throw new WrongUsage({
      what: `The demo has no part "${further ?? what}".`,
      why: 'It is either "demo" or "demo tenants".',
      fix: findClosest(what, ['tenants']) ? 'Did you mean "demo tenants"?' : 'See "npm run hub -- demo --help".',
    })
  },
}
