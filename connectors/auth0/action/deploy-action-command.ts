import { type Command, type CommandContext, UsageError } from '../../../src/index.ts'
import { makeManagementClient } from '../tenant/client.ts'
import { settings } from '../tenant/config.ts'
import { readBundledAction } from './bundled-action.ts'
import { checkAction, deployAction } from './deploy-action.ts'

/** `npm run hub -- auth0 deploy-action`: an administrator runs it once, with credentials that the running hub must not have. */
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
  variables: ['AUTH0_ADMIN_CLIENT_ID', 'AUTH0_ADMIN_CLIENT_SECRET'],
  run: async (context) => {
    const admin = await readAdminConfig(context)
    const management = await makeManagementClient({ config: admin, fetch: context.fetch })
    const source = await readBundledAction(context, admin)
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

const tenantSettings = settings.pick({
  AUTH0_DOMAIN: true,
  AUTH0_BASE_URL: true,
  AUTH0_METADATA_KEY: true,
  AUTH0_ROLES_CLAIM: true,
})

async function readAdminConfig({ setting, credential }: CommandContext) {
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
