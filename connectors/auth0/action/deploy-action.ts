import type { ManagementClient } from 'auth0'
import { isRecord } from '../../../src/index.ts'
import { type Doing, toHubError } from '../tenant/errors.ts'

/** The Action's name and what it needs, as `actions/post-login.json` says: one description for the Deploy CLI and us. */
export type ActionManifest = { name: string; runtime: string }

export type ActionSource = { manifest: ActionManifest; code: string; secrets: ActionSecret[] }

export type ActionSecret = { name: string; value: string }

export type DeployQuestion = ActionSource & { management: ManagementClient; say(line: string): void }

/** How the tenant's Action differs from the bundled one; empty when nothing does. */
export type ActionDifference = { found: boolean; differences: string[] }

const trigger = { id: 'post-login', version: 'v3' } as const
const mostPolls = 60
const pollMilliseconds = 500

export function readManifest(text: string): ActionManifest {
  const manifest: unknown = JSON.parse(text)
  if (!isRecord(manifest) || typeof manifest.name !== 'string' || typeof manifest.runtime !== 'string') {
    throw new Error('actions/post-login.json names no Action')
  }
  return { name: manifest.name, runtime: manifest.runtime }
}

/**
 * Brings the tenant's Action to the bundled one: create or update, deploy, bind. Doing it again changes nothing, unless
 * the Action has secrets: Auth0 does not show their values, so they are sent again rather than believed to be right.
 * What is bound already stays bound and in its order; ours is appended.
 */
export async function deployAction(question: DeployQuestion): Promise<void> {
  const { management, manifest, say } = question
  const existing = await findAction(management, manifest.name)
  const isSame = existing !== undefined && draftDifferences(existing, question).length === 0
  const upToDate = isSame && question.secrets.length === 0
  const id = upToDate ? existing.id : await save(question, existing)
  if (id === undefined) throw new Error('Auth0 gave the Action no id')
  if (upToDate) say(`The Action ${manifest.name} is up to date.`)

  const built = await untilBuilt(management, id)
  if (upToDate && built.all_changes_deployed) say('It is deployed.')
  else await deploy({ management, id, say })
  await bind(question, id)
}

/** Compares what the tenant runs with what is bundled. Writes nothing. */
export async function checkAction({ management, ...source }: Omit<DeployQuestion, 'say'>): Promise<ActionDifference> {
  const action = await findAction(management, source.manifest.name)
  if (action?.id === undefined) return { found: false, differences: [`There is no Action ${source.manifest.name}.`] }
  const { deployed_version: deployed } = action
  const bindings = await bindingsOf(management)
  return {
    found: true,
    differences: [
      ...(deployed === undefined ? ['It is not deployed.'] : draftDifferences(deployed, source)),
      ...(bindings.some((binding) => binding.action?.id === action.id) ? [] : ['It is not bound to the login flow.']),
    ],
  }
}

type Draft = {
  code?: string | undefined
  runtime?: string | undefined
  secrets?: { name?: string | undefined }[] | undefined
}

function draftDifferences(draft: Draft, { code, manifest, secrets }: ActionSource): string[] {
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
  const page = await ask('read Actions', () =>
    management.actions.list({ triggerId: trigger.id, actionName, per_page: 50, page: 0 }),
  )
  // The filter is a hint: an Action of a similar name must not be overwritten.
  const listed = page.data.find((action) => action.name === actionName)
  const id = listed?.id
  return id === undefined ? undefined : ask('read Actions', () => management.actions.get(id))
}

async function save(question: DeployQuestion, existing: { id?: string | undefined } | undefined) {
  const { management, manifest, code, secrets, say } = question
  const body = { code, runtime: manifest.runtime, secrets, dependencies: [] }
  const id = existing?.id
  if (id !== undefined) {
    await ask('write Actions', () => management.actions.update(id, body))
    say(`Updated the Action ${manifest.name}.`)
    return id
  }
  const whole = { ...body, name: manifest.name, supported_triggers: [trigger] }
  const created = await ask('write Actions', () => management.actions.create(whole))
  say(`Created the Action ${manifest.name}.`)
  return created.id
}

type Deployment = { management: ManagementClient; id: string; say(line: string): void }

async function deploy({ management, id, say }: Deployment): Promise<void> {
  await ask('write Actions', () => management.actions.deploy(id))
  for (let polls = 0; polls < mostPolls; polls++) {
    const { all_changes_deployed: isDone } = await untilBuilt(management, id)
    if (isDone) return say('Deployed it.')
    await pause()
  }
  throw new Error('Auth0 has not deployed the Action within half a minute; look at it in the dashboard')
}

/** Auth0 refuses to deploy or bind what it has not built yet (Auth0 Management API: deploy an action). */
async function untilBuilt(management: ManagementClient, id: string) {
  for (let polls = 0; polls < mostPolls; polls++) {
    const action = await ask('read Actions', () => management.actions.get(id))
    if (action.status === 'failed') throw new Error('Auth0 could not build the Action; its log is in the dashboard')
    if (action.status === 'built') return action
    await pause()
  }
  throw new Error('Auth0 has not built the Action within half a minute; run the command again')
}

async function bind({ management, manifest, say }: DeployQuestion, id: string): Promise<void> {
  const bound = await bindingsOf(management)
  if (bound.some(({ action }) => action?.id === id)) return say('It is bound to the login flow.')
  const kept = bound.map((binding) => {
    const value = binding.action?.id
    if (value === undefined) throw new Error('A binding of the login flow names no Action: bind ours in the dashboard')
    return { ref: { type: 'action_id' as const, value }, display_name: binding.display_name ?? value }
  })
  const ours = { ref: { type: 'action_id' as const, value: id }, display_name: manifest.name }
  // The whole ordered list is replaced: what is left out would be unbound.
  const bindings = [...kept, ours]
  await ask('write Actions', () => management.actions.triggers.bindings.updateMany(trigger.id, { bindings }))
  say(`Bound it to the login flow${kept.length > 0 ? `, after the ${kept.length} bound already` : ''}.`)
}

async function bindingsOf(management: ManagementClient) {
  const first = { per_page: 50, page: 0 }
  const page = await ask('read Actions', () => management.actions.triggers.bindings.list(trigger.id, first))
  // A trigger holds 20 bindings at most (Auth0 docs: Actions limitations), so that one page is all of them.
  return page.data
}

async function ask<T>(doing: Doing, call: () => PromiseLike<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toHubError(error, doing)
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
}
