import { createPublicKey, verify } from 'node:crypto'
import type { Directory } from './directory.ts'
import { GitHubFault, notAccessible } from './requests.ts'

type Permission = 'none' | 'read' | 'write'

/** What a token may do in an organization; the names are those of GitHub's fine-grained permissions. */
type Permissions = { members: Permission; organization_custom_org_roles: Permission }

export type TokenSeed = { token: string; permissions?: Partial<Permissions> }
export type AppSeed = { appId: number; publicKey: string; installedIn: string[]; permissions?: Partial<Permissions> }

export type Credentials = ReturnType<typeof createCredentials>

/** What the tenant's routes serve. */
export type GitHubTenantState = { url: string; directory: Directory; credentials: Credentials }

const ALL: Permissions = { members: 'write', organization_custom_org_roles: 'read' }
const HOUR_MS = 3_600_000

/** Fine-grained tokens, and Apps with their installations; an installation's token is good for an hour. */
export function createCredentials({ tokens, apps }: { tokens: TokenSeed[]; apps: AppSeed[] }) {
  const granted = new Map<string, Permissions>()
  for (const { token, permissions } of tokens) granted.set(token, { ...ALL, ...permissions })
  let issued = 0

  const bearer = (header: string | undefined) => /^(?:bearer|token) (\S+)$/i.exec(header ?? '')?.[1] ?? ''
  const installationId = (app: AppSeed, org: string) => app.appId * 100 + app.installedIn.indexOf(org) + 1

  return {
    /** @throws GitHubFault 401 for an unknown token, 403 for one without the right */
    authorize: (header: string | undefined, name: keyof Permissions, needed: Permission): void => {
      const permissions = granted.get(bearer(header))
      if (!permissions) throw new GitHubFault(401, 'Bad credentials')
      const order: Permission[] = ['none', 'read', 'write']
      if (order.indexOf(permissions[name]) < order.indexOf(needed)) throw notAccessible()
    },
    /** The app that signed this JWT. */
    app: (header: string | undefined): AppSeed => {
      const [head = '', payload = '', signature = ''] = bearer(header).split('.')
      const claims = readJson(payload)
      const found = apps.find(({ appId }) => String(appId) === String(claims.iss))
      const signed = Buffer.from(`${head}.${payload}`)
      const isTrue =
        found && verify('RSA-SHA256', signed, createPublicKey(found.publicKey), Buffer.from(signature, 'base64url'))
      if (!isTrue || Number(claims.exp) * 1000 < Date.now())
        throw new GitHubFault(401, 'A JSON web token could not be decoded')
      return found
    },
    installationId,
    issue: (app: AppSeed): { token: string; expires_at: string; permissions: Permissions } => {
      const permissions = { ...ALL, ...app.permissions }
      const token = `ghs_simulated${++issued}`
      granted.set(token, permissions)
      return { token, expires_at: new Date(Date.now() + HOUR_MS).toISOString(), permissions }
    },
    revokeAll: (): void => granted.clear(),
  }
}

function readJson(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return {}
  }
}
