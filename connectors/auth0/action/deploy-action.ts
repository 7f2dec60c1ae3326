import type { ManagementClient } from 'auth0'
import { callAuth0 } from '../tenant/errors.ts'
import type { ActionSource } from './bundled-action.ts'

type DeployQuestion = ActionSource & { management: ManagementClient; say(line: string): void }

/** How the tenant's Action differs from the bundled one, in sentences. */
type ActionDifference = { found: boolean; differences: string[] }

const trigger = { id: 'post-login', version: 'v3' } as const
const mostPolls = 60
const pollMilliseconds = 500

/**
 * Creates or updates the Action in the tenant, deploys it and binds it. A repetition changes nothing, unless the Action
 * has secrets: Auth0 does not show their values, so that they are sent again. Actions that are bound already stay bound,
 * in their order; ours is appended.
 */
export async function deployAction(question: DeployQuestion): Promise<void> {
  const { management, manifest, say } = question
  const existing = await findAction(management, manifest.name)
  const isSame = existing !== undefined && compareDraft(existing, question).length === 0
  const upToDate = isSame && question.secrets.length === 0
  const id = upToDate ? existing.id : await saveAction(question, existing)
  if (id === undefined) throw new Error('Auth0 gave the Action no id')
  if (upToDate) say(`The Action ${manifest.name} is up to date.`)

  const built = await waitUntilBuilt(management, id)
  if (upToDate && built.all_changes_deployed) say('It is deployed.')
  else await deployDraft({ management, id, say })
  await bindAction(question, id)
}

/** Compares the Action that the tenant runs with the bundled one. Writes nothing. */
export async function checkAction({ management, ...source }: Omit<DeployQuestion, 'say'>): Promise<ActionDifference> {
  const action = await findAction(management, source.manifest.name)
  if (action?.id === undefined) return { found: false, differences: [`There is no Action ${source.manifest.name}.`] }
  const { deployed_version: deployed } = action
  const bindings = await listBindings(management)
  return {
    found: true,
    differences: [
      ...(deployed === undefined ? ['It is not deployed.'] : compareDraft(deployed, source)),
      ...(bindings.some((binding) => binding.action?.id === action.id) ? [] : ['It is not bound to the login flow.']),
    ],
  }
}

type Draft = {
  code?: string | undefined
  runtime?: string | undefined
  secrets?: { name?: string | undefined }[] | undefined
}

function compareDraft(draft: Draft, { code, manifest, secrets }: ActionSource): string[] {
  const names = (draft.secrets ?? []).flatMap(({ name }) => name ?? [])
  const wanted = secrets.map(({ name }) => name)
  return [
    ...(draft.code === code ? [] : ['Its code is not the bundled code.']),
    ...(draft.runtime === manifest.runtime ? [] : [`Its runtime is ${draft.runtime}, not ${manifest.runtime}.`]),
    ...(names.toSorted().join() === wanted.toSorted().join()
      ? []
      : ['Its secrets METADATA_KEY and ROLES_CLAIM do not fit AUTH0_METADATA_KEY and AUTH0_ROLES_CLAIM.']),
  ]
}

async function findAction(management: ManagementClient, actionName: string) {
  const page = await callAuth0('read Actions', () =>
    management.actions.list({ triggerId: trigger.id, actionName, per_page: 50, page: 0 }),
  )
  // The filter may also find similar names, and their Actions must not be overwritten.
  const listed = page.data.find((action) => action.name === actionName)
  const id = listed?.id
  return id === undefined ? undefined : callAuth0('read Actions', () => management.actions.get(id))
}

async function saveAction(question: DeployQuestion, existing: { id?: string | undefined } | undefined) {
  const { management, manifest, code, secrets, say } = question
  const body = { code, runtime: manifest.runtime, secrets, dependencies: [] }
  const id = existing?.id
  if (id !== undefined) {
    await callAuth0('write Actions', () => management.actions.update(id, body))
    say(`Updated the Action ${manifest.name}.`)
    return id
  }
  const whole = { ...body, name: manifest.name, supported_triggers: [trigger] }
  const created = await callAuth0('write Actions', () => management.actions.create(whole))
  say(`Created the Action ${manifest.name}.`)
  return created.id
}

type Deployment = { management: ManagementClient; id: string; say(line: string): void }

async function deployDraft({ management, id, say }: Deployment): Promise<void> {
  await callAuth0('write Actions', () => management.actions.deploy(id))
  for (let polls = 0; polls < mostPolls; polls++) {
    const { all_changes_deployed: isDone } = await waitUntilBuilt(management, id)
    if (isDone) return say('Deployed it.')
    await sleep()
  }
  throw new Error('Auth0 has not deployed the Action within half a minute; look at it in the dashboard')
}

/** Polls until Auth0 has built the draft: before that it refuses to deploy or bind it (Auth0 Management API: deploy an action). */
async function waitUntilBuilt(management: ManagementClient, id: string) {
  for (let polls = 0; polls < mostPolls; polls++) {
    const action = await callAuth0('read Actions', () => management.actions.get(id))
    if (action.status === 'failed') throw new Error('Auth0 could not build the Action; its log is in the dashboard')
    if (action.status === 'built') return action
    await sleep()
  }
  throw new Error('Auth0 has not built the Action within half a minute; run the command again')
}

async function bindAction({ management, manifest, say }: DeployQuestion, id: string): Promise<void> {
  const bound = await listBindings(management)
  if (bound.some(({ action }) => action?.id === id)) return say('It is bound to the login flow.')
  const kept = bound.map((binding) => {
    const value = binding.action?.id
    if (value === undefined) throw new Error('A binding of the login flow names no Action: bind ours in the dashboard')
    return { ref: { type: 'action_id' as const, value }, display_name: binding.display_name ?? value }
  })
  const ours = { ref: { type: 'action_id' as const, value: id }, display_name: manifest.name }
  // The call replaces the whole ordered list. An Action that is left out would be unbound.
  const bindings = [...kept, ours]
  await callAuth0('write Actions', () => management.actions.triggers.bindings.updateMany(trigger.id, { bindings }))
  say(`Bound it to the login flow${kept.length > 0 ? `, after the ${kept.length} bound already` : ''}.`)
}

async function listBindings(management: ManagementClient) {
  const first = { per_page: 50, page: 0 }
  const page = await callAuth0('read Actions', () => management.actions.triggers.bindings.list(trigger.id, first))
  // A trigger has at most 20 bindings (Auth0 docs: Actions limitations), so that one page holds them all.
  return page.data
}

function sleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
}
