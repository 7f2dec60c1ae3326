import { type CommandContext, isRecord } from '../../../src/index.ts'

/** The Action's name and runtime. They stand in `actions/post-login.json`, which the Auth0 Deploy CLI reads too. */
type ActionManifest = { name: string; runtime: string }

type ActionSecret = { name: string; value: string }

/** The Action as it should be in the tenant. */
export type ActionSource = { manifest: ActionManifest; code: string; secrets: ActionSecret[] }

type ActionSettings = { AUTH0_METADATA_KEY: string; AUTH0_ROLES_CLAIM?: string | undefined }

/** Reads the Action in the repository, and derives its secrets from the hub's settings. */
export async function readBundledAction(
  { file }: Pick<CommandContext, 'file'>,
  settings: ActionSettings,
): Promise<ActionSource> {
  const [manifest, code] = await Promise.all([file('actions/post-login.json'), file('actions/post-login/code.js')])
  return { manifest: parseManifest(manifest), code, secrets: makeSecrets(settings) }
}

function parseManifest(text: string): ActionManifest {
  const manifest: unknown = JSON.parse(text)
  if (!isRecord(manifest) || typeof manifest.name !== 'string' || typeof manifest.runtime !== 'string') {
    throw new Error('actions/post-login.json names no Action')
  }
  return { name: manifest.name, runtime: manifest.runtime }
}

/** The default key is written in the Action's code, so that most tenants need no secret. */
function makeSecrets({ AUTH0_METADATA_KEY: key, AUTH0_ROLES_CLAIM: claim }: ActionSettings): ActionSecret[] {
  return [
    ...(key === 'okta' ? [] : [{ name: 'METADATA_KEY', value: key }]),
    ...(claim === undefined ? [] : [{ name: 'ROLES_CLAIM', value: claim }]),
  ]
}
