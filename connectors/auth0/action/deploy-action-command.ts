import { type Command, type CommandContext, UsageError } from '../../../src/index.ts'
import { managementClient } from '../tenant/client.ts'
import { config } from '../tenant/config.ts'
import type { ActionSecret, ActionSource } from './deploy-action.ts'
import { checkAction, deployAction, readManifest } from './deploy-action.ts'

/** `npm run hub -- auth0 deploy-action`: what an administrator does once, with credentials the hub itself must not have. */
export const deployActionCommand: Command = {
  summary: 'Create or update the login Action, deploy it and bind it; --check only compares',
  help: `Brings the Action in actions/post-login/ to your tenant. Running it again changes nothing;
only secrets, which Auth0 does not show, are sent anew (AUTH0_METADATA_KEY, AUTH0_ROLES_CLAIM).

  1. Auth0: create a machine-to-machine application for administrators, with the scopes
     read:actions, update:actions and create:actions (for --check read:actions alone).
  2. Set AUTH0_DOMAIN and AUTH0_ADMIN_CLIENT_ID. The secret is read from
     AUTH0_ADMIN_CLIENT_SECRET, from standard input or from a prompt, and never stored.
  3. Run the command. Actions that are bound already stay bound, in their order; ours comes last.

To undo it, unbind and delete the Action in the dashboard (Actions, Triggers, post-login).`,
  options: {
    check: { type: 'boolean', describe: 'Write nothing; fail when the tenant’s Action is not the bundled one' },
  },
  run: async (context) => {
    const admin = await adminConfig(context)
    const management = await managementClient({ config: admin, fetch: context.fetch })
    const source = await bundledAction(context, admin)
    if (context.options.check !== true) {
      await deployAction({ ...source, management, say: context.say })
      return true
    }
    const { differences } = await checkAction({ ...source, management })
    for (const difference of differences) context.say(difference)
    if (differences.length === 0) context.say('The Action in the tenant is the bundled one, deployed and bound.')
    return differences.length === 0
  },
}

type ActionSettings = { AUTH0_METADATA_KEY: string; AUTH0_ROLES_CLAIM?: string | undefined }

/** The Action as it lies in the repository, with what it must know of the hub's settings. */
export async function bundledAction(
  { file }: Pick<CommandContext, 'file'>,
  settings: ActionSettings,
): Promise<ActionSource> {
  const [manifest, code] = await Promise.all([file('actions/post-login.json'), file('actions/post-login/code.js')])
  return { manifest: readManifest(manifest), code, secrets: secretsFor(settings) }
}

/** The Action knows the usual key by itself, so that most tenants need no secret. */
function secretsFor({ AUTH0_METADATA_KEY: key, AUTH0_ROLES_CLAIM: claim }: ActionSettings): ActionSecret[] {
  return [
    ...(key === 'okta' ? [] : [{ name: 'METADATA_KEY', value: key }]),
    ...(claim === undefined ? [] : [{ name: 'ROLES_CLAIM', value: claim }]),
  ]
}

const tenantSettings = config.pick({
  AUTH0_DOMAIN: true,
  AUTH0_BASE_URL: true,
  AUTH0_METADATA_KEY: true,
  AUTH0_ROLES_CLAIM: true,
})

async function adminConfig({ setting, credential }: CommandContext) {
  const names = Object.keys(tenantSettings.shape)
  const given = Object.fromEntries(names.map((name) => [name, setting(name) || undefined]))
  const parsed = tenantSettings.safeParse(given)
  const clientId = setting('AUTH0_ADMIN_CLIENT_ID')
  if (!parsed.success || !clientId) {
    throw new UsageError({
      what: 'The command does not know which tenant to change, or as whom.',
      why: parsed.success
        ? 'AUTH0_ADMIN_CLIENT_ID is missing.'
        : 'AUTH0_DOMAIN, AUTH0_BASE_URL, AUTH0_METADATA_KEY or AUTH0_ROLES_CLAIM is missing or wrong.',
      fix: 'Set AUTH0_DOMAIN and AUTH0_ADMIN_CLIENT_ID (see --help for the scopes), then run it again.',
    })
  }
  const secret = await credential({
    variable: 'AUTH0_ADMIN_CLIENT_SECRET',
    prompt: `Client secret of ${clientId} at ${parsed.data.AUTH0_DOMAIN}`,
  })
  return { ...parsed.data, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: secret }
}
