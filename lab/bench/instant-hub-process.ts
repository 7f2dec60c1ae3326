import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/core/clock.ts'
import type { Role } from '../../src/core/role.ts'
import { makeJournal, type Sql } from '../../src/journal/index.ts'
import { makeToken } from '../../src/signin/make-token.ts'
import { hookSecret } from '../environment.ts'
import { type HubProcess, startHubProcess } from '../hub-process.ts'
import type { Server } from './database.ts'
import { orgUrl } from './request-bodies.ts'

const hubFile = fileURLToPath(new URL('instant-hub.ts', import.meta.url))

/** `callsPerSecond`: the budget of the connector `target`; left out: it has none. */
type HubWish = { databaseUrl: string; callsPerSecond?: number }

/** Starts the real hub on a database, with connectors that answer at once. It looks at nobody of its own accord. */
export function startInstantHub(
  { folder, guardHub }: Server,
  { databaseUrl, callsPerSecond }: HubWish,
): Promise<HubProcess> {
  const source = { OKTA_ORG_URL: orgUrl, OKTA_HOOK_SECRETS: hookSecret }
  const budget = callsPerSecond === undefined ? {} : { HUB_CALLS_PER_SECOND: `target:${callsPerSecond}` }
  const env = {
    DATABASE_URL: databaseUrl,
    HUB_VERIFY: 'off',
    HUB_RESYNC: 'off',
    HUB_FOUR_EYES_PEOPLE: '0',
    ...source,
    ...budget,
  }
  return startHubProcess({ env, cwd: folder, file: hubFile, onSpawn: guardHub })
}

/** Makes a token as an administrator does on the command line, and returns its text. */
export async function makeBenchToken(sql: Sql, role: Role): Promise<string> {
  const maker = { actor: 'bench', account: 'bench', role: 'admin', way: 'cli', person: null } as const
  const wish = { owner: 'bench', name: 'bench', role, days: 1, person: null, reason: null }
  const { text } = await makeToken({ journal: makeJournal(sql), clock: systemClock }, maker, wish)
  return text
}
