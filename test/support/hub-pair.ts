import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeFault } from '../../lab/chaos/verdicts.ts'
import { makeEnvironment } from '../../lab/environment.ts'
import { findFreePort, type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import type { OktaTenantOptions } from '../../lab/simulators/okta/server.ts'
import type { Tenants } from '../../lab/simulators/seed.ts'
import type { UpkeepTiming } from '../../src/core/policy.ts'
import { enterpriseId, startCrowd } from './crowd.ts'
import { wipe } from './journal-rows.ts'
import type { TestDatabase } from './postgres.ts'

/** Which of the two hubs. */
export type Seat = 0 | 1

/** Two hubs as processes of their own, on one database, with the same settings and the same tenants. */
export type HubPair = AsyncDisposable & {
  tenants: Tenants
  /** Okta's ids, in the order in which Okta lists them. */
  ids: string[]
  /** Where each hub listens, whatever process it is. */
  urls: readonly [string, string]
  start(seat: Seat): Promise<HubProcess>
  /** SIGKILL. */
  kill(seat: Seat): Promise<void>
  /** What is different at Auth0 from what Okta says, a line for each person. */
  faults(): string[]
}

type PairOptions = {
  db: TestDatabase
  people: number
  okta?: OktaTenantOptions
  settings?: Record<string, string>
  /** Waits of the hubs' upkeep that are not the defaults. */
  upkeep: Partial<UpkeepTiming>
}

/** Their limits are so wide that no budget of background reads holds up what a test waits for. */
const rateLimit = { burst: 100_000, perSecond: 100_000 }

const hubFile = fileURLToPath(new URL('../../lab/paced-hub.ts', import.meta.url))

/** Empties the journal and starts both tenants; the hubs are started by the test. */
export async function setHubPair({ db, people, okta, settings, upkeep }: PairOptions): Promise<HubPair> {
  await wipe(db.sql)
  await db.sql`truncate hub.source`
  const cwd = await mkdtemp(join(tmpdir(), 'bellhop-pair-'))
  const tenants = await startCrowd(people, { okta: { rateLimit, ...okta }, auth0: { rateLimit } })
  const ports = [await findFreePort(), await findFreePort()] as const
  const running = new Map<Seat, HubProcess>()
  const env = {
    ...makeEnvironment(tenants),
    HUB_BRAKE_PEOPLE: '0',
    ...settings,
    DATABASE_URL: db.url,
    LAB_UPKEEP: JSON.stringify(upkeep),
  }
  return {
    tenants,
    ids: tenants.ids,
    urls: [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`],
    async start(seat) {
      const hub = await startHubProcess({ cwd, env: { ...env, PORT: String(ports[seat]) }, file: hubFile })
      running.set(seat, hub)
      return hub
    },
    kill: async (seat) => void (await running.get(seat)?.stop('SIGKILL')),
    faults: () =>
      tenants.ids.flatMap(
        (oktaId) => describeFault({ oktaId, userId: enterpriseId(oktaId), toldBy: 'direct' }, tenants) ?? [],
      ),
    async [Symbol.asyncDispose]() {
      for (const hub of running.values()) await hub.stop('SIGKILL')
      await tenants.close()
      await rm(cwd, { recursive: true, force: true })
    },
  }
}
