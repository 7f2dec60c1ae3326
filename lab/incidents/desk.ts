import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeAdminEnvironment, makeEnvironment, makeGrantEnvironment, registerEventHook } from '../environment.ts'
import { makeGuardedFolder } from '../guarded-folder.ts'
import { findFreePort, type HubProcess, startHubProcess } from '../hub-process.ts'
import { type GitHubTenant, startGitHubTenant } from '../simulators/github/server.ts'
import { type RelayReceiver, startRelayReceiver } from '../simulators/relay/server.ts'
import { CAST, startTenants, type Tenants } from '../simulators/seed.ts'

/** One thing that happened at the desk of whoever is on call. */
export type Scene =
  | { kind: 'told'; text: string }
  | { kind: 'alert'; type: string }
  | { kind: 'typed'; command: string; seen: string[] }

/** A command, and the lines of its answer by which the operator sees where things stand. */
type Look = {
  /** Each must fit a line of the answer, or the incident is not as the page says. */
  see: readonly RegExp[]
  /** The exit code; left out, any. */
  code?: number
  /** How long the answer may take to be so, in seconds: the command is typed again until then. */
  withinSeconds?: number
}

/** What whoever is on call has: the two vendors' consoles, a pager, and a terminal where the hub runs. */
export type Desk = {
  okta: Tenants['okta']
  auth0: Tenants['auth0']
  github: GitHubTenant
  scenes: Scene[]
  /** What a reader of the page needs to know. */
  tell(text: string): void
  /** Waits until the pager has an alert of this type, and writes it down. */
  page(type: string, options?: { withinSeconds?: number; silently?: boolean }): Promise<Record<string, unknown>>
  /** Types a command behind `npm run hub --` and writes down what was seen. Returns the whole answer. */
  type(command: string, look: Look): Promise<string>
  /** Changes the hub's settings; they count from its next start. */
  set(settings: Record<string, string>): void
  start(): Promise<void>
  stop(): Promise<void>
  /** Ends the hub as the kernel does when memory is short. */
  kill(): Promise<void>
  /** Makes so many more people who work here, known to both vendors. Their ids at Okta. */
  hire(count: number): string[]
  /** Waits until something is so. */
  wait(what: string, isSo: () => boolean | Promise<boolean>, withinSeconds?: number): Promise<void>
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const alertSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** The hub's token, the one for grants, and one more that is made when the first is revoked. */
export const freshToken = '00simulated-okta-fresh-token'
const { reading, granting } = CAST.oktaTokens
const oktaTokens = [
  { value: reading },
  { value: granting, scopes: ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read'] },
  { value: freshToken },
]

/** Makes the two tenants, GitHub, a pager, and a hub that works on them; plays, and clears all of it up. */
export async function atDesk(play: (desk: Desk) => Promise<void>): Promise<Scene[]> {
  const folder = await makeGuardedFolder('bellhop-incident-')
  const cwd = join(folder.path, 'hub')
  await mkdir(cwd)
  const port = await findFreePort()
  const tenants = await startTenants({ okta: { tokens: oktaTokens } })
  const pager = await startRelayReceiver({ secrets: [alertSecret] })
  const github = await startGitHubTenant({
    accounts: [{ login: 'acme-owner' }, { login: 'lena-p' }, { login: 'omar-d' }],
    organizations: [
      { login: 'acme', members: [{ login: 'acme-owner', role: 'admin' }], teams: [{ slug: 'platform' }] },
    ],
  })
  let env: Record<string, string> = {
    ...makeEnvironment(tenants),
    ...makeGrantEnvironment(),
    PORT: String(port),
    HUB_ALERT_URL: pager.url,
    HUB_ALERT_SECRET: alertSecret,
    ...githubSettings(github),
  }
  let hub: HubProcess | undefined
  const scenes: Scene[] = []
  const pages = makePager(pager)
  const run = (command: string) => runCommand(command, { env, cwd })

  const desk: Desk = {
    ...tenants,
    github,
    scenes,
    tell: (text) => void scenes.push({ kind: 'told', text }),
    async page(type, { withinSeconds = 60, silently = false } = {}) {
      const alert = await pages.take(type, withinSeconds)
      if (!silently) scenes.push({ kind: 'alert', type })
      return alert
    },
    async type(command, look) {
      const { answer, seen } = await lookUntil(command, look, run)
      scenes.push({ kind: 'typed', command, seen })
      return answer
    },
    set: (settings) => {
      env = { ...env, ...settings }
    },
    async start() {
      hub = await startHubProcess({ cwd, env, onSpawn: folder.guardHub })
    },
    async stop() {
      await hub?.stop()
    },
    async kill() {
      await hub?.stop('SIGKILL')
    },
    hire: (count) => hire(tenants, count),
    wait,
  }
  try {
    const { code, text } = await runCommand('auth0 deploy-action', {
      env: { ...env, ...makeAdminEnvironment(tenants) },
      cwd,
    })
    if (code !== 0) throw new Error(text)
    await desk.start()
    await registerEventHook(tenants.okta, {
      url: `http://127.0.0.1:${port}/hooks/okta`,
      types: ['user.lifecycle.deactivate', 'user.lifecycle.activate'],
    })
    await play(desk)
    return scenes
  } catch (thrown) {
    const soFar = scenes.map((scene) => JSON.stringify(scene)).join('\n')
    const log = hub?.log.slice(-15).join('\n')
    throw new Error(
      `${thrown instanceof Error ? thrown.message : thrown}\n\nSo far:\n${soFar}\n\nThe hub's last lines:\n${log}`,
    )
  } finally {
    await hub?.stop()
    await Promise.all([tenants.close(), github.close(), pager.close()])
    await folder.remove()
  }
}

function githubSettings({ url, token }: GitHubTenant): Record<string, string> {
  return {
    GITHUB_BASE_URL: url,
    GITHUB_TOKEN: token,
    GITHUB_GRANTS: JSON.stringify({ crm: { code: 'org:acme' } }),
    GITHUB_FIND_LOGIN: 'map',
    GITHUB_LOGINS: JSON.stringify({ [CAST.lena.email]: 'lena-p' }),
    PLATFORM_HOOK_SECRETS: 'github/*:a-simulated-platform-secret',
  }
}

function makePager(pager: RelayReceiver) {
  let read = 0
  return {
    async take(type: string, withinSeconds: number): Promise<Record<string, unknown>> {
      let found: Record<string, unknown> | undefined
      await wait(
        `the alert ${type}`,
        () => {
          const at = pager.messages.findIndex((message, i) => i >= read && message.type === type)
          if (at < 0) return false
          found = pager.messages[at]?.body
          read = at + 1
          return true
        },
        withinSeconds,
      )
      return found ?? {}
    },
  }
}

async function wait(what: string, isSo: () => boolean | Promise<boolean>, withinSeconds = 60): Promise<void> {
  const end = performance.now() + withinSeconds * 1000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`This was waited for in vain, ${withinSeconds} s: ${what}`)
    await sleep(200)
  }
}

type Seat = { env: Record<string, string>; cwd: string }
type Answer = { code: number | null; text: string }

/** Splits a command as a shell does whose only quotes are double ones. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

function runCommand(command: string, { env, cwd }: Seat): Promise<Answer> {
  const words = splitWords(command)
  // Whoever is on call has a name.
  const child = spawn(process.execPath, ['--', main, ...words], {
    cwd,
    env: { PATH: process.env.PATH ?? '', USER: 'mara', LOGNAME: 'mara', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
    })
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })))
}

async function lookUntil(command: string, look: Look, run: (command: string) => Promise<Answer>) {
  const end = performance.now() + (look.withinSeconds ?? 0) * 1000
  for (;;) {
    const { code, text } = await run(command)
    const lines = text.split('\n').map((line) => line.trimEnd())
    const missing = look.see.filter((pattern) => !lines.some((line) => pattern.test(line)))
    if (missing.length === 0 && (look.code === undefined || look.code === code)) {
      return { answer: text, seen: lines.filter((line) => look.see.some((pattern) => pattern.test(line))) }
    }
    if (performance.now() > end) {
      const expected = missing.length > 0 ? `no line fits ${missing.join(', ')}` : `the exit code is ${code}`
      throw new Error(`npm run hub -- ${command}: ${expected}. The answer was:\n${text}`)
    }
    await sleep(500)
  }
}

function hire({ okta, auth0 }: Tenants, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const email = `person${String(i + 1).padStart(3, '0')}@acme-demo.test`
    const profile = { login: email, email, firstName: 'Person', lastName: String(i + 1) }
    const { id } = okta.users.create({ profile, hasPassword: true, activate: true })
    auth0.users.seed({ connection: CAST.connections.enterprise, id, email, name: `Person ${i + 1}` })
    return id
  })
}
