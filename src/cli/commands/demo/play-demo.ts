import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectors } from '../../../../connectors/index.ts'
import { makeAdminEnvironment, makeCarefulEnvironment, makeEnvironment } from '../../../../lab/environment.ts'
import { findFreePort, type HubProcess, startHubProcess } from '../../../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../../../lab/simulators/seed.ts'
import { playAct, type Stage } from '../../../../lab/story.ts'
import type { CommandContext } from '../../../core/command.ts'
import { makePrinter, type Printer } from './print-story.ts'

const cliFile = fileURLToPath(new URL('../../main.ts', import.meta.url))

type Theatre = { tenants: Tenants; env: Record<string, string>; folder: string; port: number; print: Printer }

/**
 * Tells the main job from end to end on this machine alone: simulated tenants, an embedded PostgreSQL, and the real
 * hub as a process of its own, restarted between the two acts. True when every step passed.
 */
export async function playDemo({ once }: { once: boolean }): Promise<boolean> {
  const print = makePrinter()
  const folder = await makeTemporaryFolder()
  const tenants = await startTenants()
  const port = await findFreePort()
  const theatre: Theatre = {
    tenants,
    env: { PORT: String(port), ...makeEnvironment(tenants), ...makeCarefulEnvironment() },
    folder,
    port,
    print,
  }
  let hub: HubProcess | undefined
  try {
    print.opening({ okta: tenants.okta.url, auth0: tenants.auth0.url, hub: `http://127.0.0.1:${port}`, folder })
    hub = await startHubProcess({ cwd: folder, env: { ...theatre.env, AUTH0_BLOCK: 'false', AUTH0_REVOKE: 'false' } })
    await install(theatre)
    await lookAtEverybody(theatre)
    print.act('First act: the flag alone (AUTH0_BLOCK=false AUTH0_REVOKE=false)')
    const first = await playAct({ stage: stageOf(tenants), by: 'action', tell: print.step })
    await hub.stop()
    let { passed, failed } = first
    if (failed === 0) {
      hub = await startHubProcess({ cwd: folder, env: theatre.env })
      print.act('Second act: the hub restarted with its defaults (block, end sessions, revoke tokens)')
      const second = await playAct({ stage: stageOf(tenants), by: 'auth0', tell: print.step })
      passed += second.passed
      failed += second.failed
    }
    print.closing({ passed, failed, folder, env: theatre.env, log: failed > 0 ? hub.log : [], once })
    if (!once) await waitForEnd()
    return failed === 0
  } finally {
    await hub?.stop()
    await tenants.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The server's own user, where root may not run one, must be able to walk through it; listing it stays forbidden. */
async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-demo-'))
  await chmod(folder, 0o711)
  return folder
}

function stageOf({ okta: org, auth0: tenant }: Tenants): Stage {
  const { oktaId, enterpriseUserId, databaseUserId } = CAST.lena
  return {
    okta: { url: org.url, token: org.token },
    auth0: { url: tenant.url, ...tenant.client },
    person: { name: 'Lena', oktaId, userIds: [enterpriseUserId, databaseUserId], loginAs: enterpriseUserId },
  }
}

/** What an administrator does once: the event hook through Okta's API, the Action through the Management API. */
async function install({ tenants, env, port, print }: Theatre): Promise<void> {
  const credentials = makeAdminEnvironment(tenants)
  const settings: Record<string, string> = {
    ...env,
    HUB_PUBLIC_URL: `http://127.0.0.1:${port}`,
    ...credentials,
  }
  const context: CommandContext = {
    setting: (name) => settings[name],
    options: {},
    credential: async ({ variable }) => credentials[variable] ?? '',
    file: (name) => readFile(new URL(`../../../../${name}`, import.meta.url), 'utf8'),
    fetch,
    say: print.detail,
  }
  print.heading('Installing')
  await runInstaller('okta', 'install-hook', context)
  await runInstaller('auth0', 'deploy-action', context)
  const bound = tenants.auth0.actions.bindings('post-login').map(({ displayName }) => displayName)
  print.detail(`Bound to the login flow, in order: ${bound.join(', ')}.`)
}

/** What an operator does once, for people who left before the hub was there. */
async function lookAtEverybody({ env, folder, print }: Theatre): Promise<void> {
  print.heading('Looking at everybody once (npm run hub -- okta resync --full --apply)')
  const args = ['okta', 'resync', '--full', '--apply', '--folder', folder]
  const { stdout } = await promisify(execFile)(process.execPath, [cliFile, ...args], { env })
  for (const line of stdout.trim().split('\n')) print.detail(line)
}

async function runInstaller(id: string, command: string, context: CommandContext): Promise<void> {
  const connector = connectors.find((one) => one.id === id)
  const done = await connector?.commands?.[command]?.run(context)
  if (!done) throw new Error('An installer did not finish.')
}

function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
