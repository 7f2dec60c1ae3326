import { type Command, type CommandContext, list, publicUrl, UsageError, vendorUrl } from '../../../src/index.ts'
import { config } from '../org/config.ts'
import { listLeaveEventTypes } from '../org/leave-events.ts'
import { listNeededEventTypes } from './desired-hook.ts'
import { installHook } from './install-hook.ts'

/** `npm run hub -- okta install-hook`: an administrator runs it once, and again for every new secret or address. */
export const installHookCommand: Command = {
  summary: 'create or update the event hook in Okta, and have it verified',
  help: [
    'Needs an API token of an administrator who may manage event hooks, in OKTA_ADMIN_TOKEN, on standard input or at',
    'the prompt. It is not stored. The hub must be running and reachable from Okta at its public address: it is asked',
    'whether it answers and takes the secret, before anything is written. What cannot be verified is removed again.',
    'The secret is the first of OKTA_HOOK_SECRETS. To change it: start the hub with <new>,<old>, run this, and start the',
    'hub with <new> alone a day later. Subscriptions that the hook has already are never taken away.',
    'Undo: deactivate and delete the hook in the Admin Console under Workflow > Event Hooks.',
  ].join('\n'),
  options: {
    check: { type: 'boolean', describe: 'only say what differs, and exit with 1 if anything does' },
    url: { type: 'string', describe: "the hook's address; otherwise HUB_PUBLIC_URL with /hooks/<source> behind it" },
    source: { type: 'string', describe: 'the id of the source at the hub (default: okta)' },
    events: { type: 'string', describe: 'further event types to subscribe to, comma-separated' },
    'not-from-here': {
      type: 'boolean',
      describe: 'do not ask the hub first: Okta reaches it, and this machine does not',
    },
  },
  variables: ['OKTA_ADMIN_TOKEN'],
  run: runInstallHook,
}

async function runInstallHook(context: CommandContext): Promise<boolean> {
  const { options, setting } = context
  const orgUrl = parseAddress('OKTA_ORG_URL', readSetting(context, 'OKTA_ORG_URL'))
  const [secret] = list().parse(readSetting(context, 'OKTA_HOOK_SECRETS'))
  if (secret === undefined) throw toMissingError('OKTA_HOOK_SECRETS')
  const denyStatuses = config.shape.OKTA_DENY_STATUSES.parse(setting('OKTA_DENY_STATUSES') || undefined)
  const ids = (name: 'OKTA_LEAVE_APPS' | 'OKTA_LEAVE_GROUPS') => config.shape[name].parse(setting(name) || undefined)
  const leaveEventTypes = listLeaveEventTypes({
    OKTA_LEAVE_APPS: ids('OKTA_LEAVE_APPS'),
    OKTA_LEAVE_GROUPS: ids('OKTA_LEAVE_GROUPS'),
  })
  const adminToken = await context.credential({
    variable: 'OKTA_ADMIN_TOKEN',
    prompt: 'API token of an Okta administrator who may manage event hooks',
  })
  const { differences } = await installHook({
    orgUrl,
    adminToken,
    uri: toHookUri(context),
    header: setting('OKTA_HOOK_HEADER') || 'authorization',
    secret,
    eventTypes: [
      ...listNeededEventTypes({ denyStatuses, leaveEventTypes }),
      ...list().parse(String(options.events ?? '')),
    ],
    check: options.check === true,
    notFromHere: options['not-from-here'] === true,
    fetch: context.fetch,
    say: context.say,
  })
  if (differences.length === 0) context.say('The event hook is as it should be.')
  return differences.length === 0 || options.check !== true
}

function toHookUri(context: CommandContext): string {
  const { url, source = 'okta' } = context.options
  if (typeof url === 'string') return parseAddress('--url', url)
  const address = publicUrl().safeParse(readSetting(context, 'HUB_PUBLIC_URL'))
  if (address.success) return `${address.data}/hooks/${source}`
  throw new UsageError({
    what: `HUB_PUBLIC_URL ${address.error.issues.map(({ message }) => message).join(', ')}`,
    why: `Okta would be told of an address with /hooks/${source} behind it.`,
    fix: 'Set HUB_PUBLIC_URL as it should be here and for the hub, then run this again.',
  })
}

function parseAddress(name: string, text: string): string {
  const url = vendorUrl().safeParse(text)
  if (url.success) return url.data
  throw new UsageError({
    what: `${name} is not an https:// address`,
    why: 'Okta calls nothing else; http:// is for this machine only.',
    fix: `Give ${name} as https://…`,
  })
}

function readSetting(context: CommandContext, name: string): string {
  const value = context.setting(name)
  if (!value) throw toMissingError(name)
  return value
}

function toMissingError(name: string): UsageError {
  return new UsageError({
    what: `${name} is missing`,
    why: 'The event hook in Okta is made from the settings of the hub.',
    fix: `Set ${name} as the hub has it, then run this again.`,
  })
}
