import { connectors as installed } from '../../connectors/index.ts'
import { CAST } from '../../lab/simulators/seed.ts'
import type { Connector } from '../../src/index.ts'
import type { HubOptions } from './hub.ts'
import { type Stage, setStage } from './stage.ts'
import { makeVault, type Vault, vaultGrants } from './vault.ts'

export const inlineSecret = 'lumos-secret'

export type InlineStage = Stage & {
  vault: Vault
  /** Sends an inline hook as Lumos would. */
  ask(
    kind: string,
    body: unknown,
    options?: { connector?: string; headers?: Record<string, string> },
  ): Promise<Response>
}

type Options = {
  db: HubOptions['db']
  vault?: Vault
  settings?: Record<string, string>
  connectors?: readonly Connector[]
} & Partial<Omit<Parameters<typeof setStage>[0], 'db'>>

/** The hub between its tenants, with a vault whose doors Lumos may ask for. */
export async function setInlineStage({
  vault = makeVault(),
  settings,
  connectors = [],
  ...options
}: Options): Promise<InlineStage> {
  const stage = await setStage({
    ...options,
    connectors: [...installed, vault.connector, ...connectors],
    settings: {
      LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret}`,
      VAULT_GRANTS: vaultGrants,
      VAULT_BUDGET_SECONDS: '2',
      ...settings,
    },
  })
  return {
    ...stage,
    vault,
    ask: (kind, body, { connector = 'vault', headers = {} } = {}) =>
      fetch(`${stage.hub.url}/hooks/lumos/${connector}/${kind}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: inlineSecret, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  }
}

type Asked = {
  email?: string
  permissions?: string[] | null
  app?: string
  length?: number | string | null
  task?: string | null
  fields?: unknown
}

/** A body as Lumos sends it, for Lena unless said otherwise. */
export function lumosBody({
  email = CAST.lena.email,
  permissions = ['billing:operate'],
  app = 'orbit-admin',
  length = null,
  task = null,
  fields = null,
}: Asked = {}) {
  return {
    application: { app_id: app, instance_id: `0oa${app}`, user_friendly_label: 'Orbit Admin Console' },
    permissions: permissions?.map((value) => ({ label: value, value, type: 'PERMISSION', source: 'MANUAL' })) ?? null,
    target_user: { email, given_name: 'Lena', family_name: 'Park' },
    access_length: length,
    request_comment: 'Quarter-end reconciliation',
    request_task_url: task,
    custom_fields: fields,
  }
}
