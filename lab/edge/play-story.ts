import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeAdminEnvironment, makeCarefulEnvironment, makeEnvironment } from '../environment.ts'
import { findFreePort } from '../hub-process.ts'
import { CAST, startTenants, type Tenants } from '../simulators/seed.ts'
import { playAct, type Stage, type Step } from '../story.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

type StoryQuestion = {
  /** A migrated database that listens on TCP. */
  databaseUrl: string
  onSpawn(pid: number): void
  /** How long the last Worker stays up after the story; null: not at all. */
  interrupted: Promise<unknown> | null
}

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Tells the demo's story through the Worker in workerd, with the simulated tenants. True when every step passed. */
export async function playStory({ databaseUrl, onSpawn, interrupted }: StoryQuestion): Promise<boolean> {
  const tenants = await startTenants()
  const port = await findFreePort()
  const vars = { ...makeEnvironment(tenants), ...makeCarefulEnvironment() }
  const start = (more: Record<string, string> = {}) =>
    startWorkerProcess({ databaseUrl, vars: { ...vars, ...more }, port, onSpawn })
  const operate = makeOperate({
    ...vars,
    ...makeAdminEnvironment(tenants),
    DATABASE_URL: databaseUrl,
    HUB_PUBLIC_URL: `http://127.0.0.1:${port}`,
  })
  let worker: WorkerProcess | undefined
  let isWell = false
  try {
    worker = await start({ AUTH0_BLOCK: 'false', AUTH0_REVOKE: 'false' })
    say(`The Worker listens at ${worker.url}, in workerd.`)
    await operate('okta', 'install-hook')
    await operate('auth0', 'deploy-action')
    await operate('okta', 'resync', '--full', '--apply')
    say('', 'First act: the flag alone (AUTH0_BLOCK=false AUTH0_REVOKE=false)')
    const first = await playAct({ stage: stageOf(tenants), by: 'action', tell })
    if (first.failed > 0) return false
    await worker.stop()
    worker = await start()
    say('', 'Second act: the Worker with its defaults (block, end sessions, revoke tokens)')
    const second = await playAct({ stage: stageOf(tenants), by: 'auth0', tell })
    isWell = second.failed === 0
    if (isWell) say('', `All ${first.passed + second.passed} steps passed.`)
    if (isWell && interrupted) {
      say(`The Worker is still at ${worker.url}. Ctrl-C ends it.`)
      await interrupted
    }
    return isWell
  } finally {
    if (!isWell && worker) say('', 'The end of the log:', ...worker.log.slice(-30))
    await worker?.stop()
    await tenants.close()
  }
}

/** What an administrator or an operator does by the command line, on the same journal. */
function makeOperate(env: Record<string, string>) {
  return async (...args: string[]): Promise<void> => {
    say('', `npm run hub -- ${args.join(' ')}`)
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    say(
      ...stdout
        .trim()
        .split('\n')
        .map((line) => `  ${line}`),
    )
  }
}

function stageOf({ okta: org, auth0: tenant }: Tenants): Stage {
  const { oktaId, enterpriseUserId, databaseUserId } = CAST.lena
  return {
    okta: { url: org.url, token: org.token },
    auth0: { url: tenant.url, ...tenant.client },
    person: { name: 'Lena', oktaId, userIds: [enterpriseUserId, databaseUserId], loginAs: enterpriseUserId },
  }
}

function tell({ title, ok, milliseconds, detail }: Step): void {
  say(`  ${ok ? '✓' : '✗'} ${`${milliseconds.toFixed(0)} ms`.padStart(8)}  ${title}`, `               ${detail}`)
}

function say(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
