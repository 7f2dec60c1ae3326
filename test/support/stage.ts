import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { type HubOptions, startHub, type TestHub } from './hub.ts'
import { wipe } from './journal-rows.ts'

const lifecycle = ['activate', 'deactivate', 'suspend', 'unsuspend', 'delete.initiated'].map(
  (verb) => `user.lifecycle.${verb}`,
)

/** The hub between its two simulated tenants, on an empty journal, with the event hook installed. */
export type Stage = AsyncDisposable & {
  hub: TestHub
  tenants: Tenants
  /** Flagged, blocked, and without sessions. */
  isShut(userId: string): boolean
  isOpen(userId: string): boolean
  /** How often Auth0 was asked to do this; the token left out. */
  auth0Calls(method: string, path?: string): number
  /** Changes a person's status at Okta without a hook that would tell of it. */
  silently(userId: string, verb: Parameters<Tenants['okta']['users']['transition']>[1]): void
}

type StageOptions = Omit<HubOptions, 'tenants'> & { tenants?: Parameters<typeof startTenants>[0] }

export async function setStage({ db, tenants: options, ...rest }: StageOptions): Promise<Stage> {
  await wipe(db.sql)
  const tenants = await startTenants(options)
  const hub = await startHub({ ...rest, db, tenants })
  await hub.subscribe(...lifecycle, 'user.account.update_profile')
  // The SDKs are loaded now, so that no test waits for that.
  for (const one of hub.installed) await one.client()
  const metadata = (userId: string) => tenants.auth0.users.get(userId).app_metadata.okta as { deactivated?: boolean }
  return {
    hub,
    tenants,
    isShut: (userId) =>
      metadata(userId)?.deactivated === true &&
      tenants.auth0.users.get(userId).blocked === true &&
      tenants.auth0.sessions.ofUser(userId).length === 0,
    isOpen: (userId) => !metadata(userId)?.deactivated && !tenants.auth0.users.get(userId).blocked,
    auth0Calls: (method, path = '') =>
      tenants.auth0.calls.filter((call) => call.method === method && call.path.startsWith(`/api/v2${path}`)).length,
    silently(userId, verb) {
      tenants.okta.misbehaveOnDelivery({ drop: true, times: 1 })
      tenants.okta.users.transition(userId, verb)
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      await tenants.close()
    },
  }
}

export const LENA = CAST.lena
export const OMAR = CAST.omar
