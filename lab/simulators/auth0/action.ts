import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../values.ts'
import { compileAction } from './action-runner.ts'
import { Auth0Fault, invalidBody } from './errors.ts'

type ActionSecret = { name: string; value: string; updated_at: string }

type ActionTrigger = { id: string; version: string }

/** One deployed, immutable state of an Action. */
type ActionVersion = {
  id: string
  number: number
  code: string
  runtime: string
  dependencies: unknown[]
  secrets: ActionSecret[]
  supported_triggers: ActionTrigger[]
  created_at: string
}

/** An Action: the draft that is edited, and the versions that were deployed from it. */
export type Auth0Action = {
  id: string
  name: string
  supported_triggers: ActionTrigger[]
  code: string
  runtime: string
  dependencies: unknown[]
  secrets: ActionSecret[]
  created_at: string
  updated_at: string
  versions: ActionVersion[]
  allChangesDeployed: boolean
}

const FIELDS = ['name', 'supported_triggers', 'code', 'dependencies', 'runtime', 'secrets', 'modules']
const MAX_CODE_BYTES = 100_000
const DEFAULT_RUNTIME = 'node22'

export function createAction(body: JsonObject): Auth0Action {
  if (typeof body.name !== 'string' || body.name === '') throw invalidBody('Missing required property: name')
  if (!Array.isArray(body.supported_triggers)) throw invalidBody('Missing required property: supported_triggers')
  const at = new Date().toISOString()
  const blank: Auth0Action = {
    id: randomUUID(),
    name: body.name,
    supported_triggers: [],
    code: '',
    runtime: DEFAULT_RUNTIME,
    dependencies: [],
    secrets: [],
    created_at: at,
    updated_at: at,
    versions: [],
    allChangesDeployed: false,
  }
  return editAction(blank, body, { alsoKnown: ['deploy'] })
}

/** Changes the draft; what is deployed goes on as it is (Auth0 docs: update an Action). */
export function editAction(action: Auth0Action, body: JsonObject, { alsoKnown = [] }: { alsoKnown?: string[] } = {}) {
  for (const name of Object.keys(body)) {
    if (![...FIELDS, ...alsoKnown].includes(name)) throw invalidBody(`Additional properties not allowed: ${name}`)
  }
  const edited: Auth0Action = { ...action, updated_at: new Date().toISOString(), allChangesDeployed: false }
  if (typeof body.name === 'string') edited.name = body.name
  if (typeof body.runtime === 'string') edited.runtime = body.runtime
  if (typeof body.code === 'string') edited.code = assertSize(body.code)
  if (Array.isArray(body.dependencies)) edited.dependencies = body.dependencies
  if (Array.isArray(body.supported_triggers)) edited.supported_triggers = parseTriggers(body.supported_triggers)
  if (Array.isArray(body.secrets)) edited.secrets = parseSecrets(body.secrets, action.secrets)
  return edited
}

/** A new version of the draft; code that does not compile cannot be deployed. */
export function deployAction(action: Auth0Action): Auth0Action {
  const compiled = compileAction(action.code)
  if ('error' in compiled) throw new Auth0Fault(400, `The Action failed to build: ${compiled.error}`, 'build_failed')
  const { code, runtime, dependencies, secrets, supported_triggers: triggers } = action
  const version: ActionVersion = {
    id: randomUUID(),
    number: action.versions.length + 1,
    code,
    runtime,
    dependencies,
    secrets,
    supported_triggers: triggers,
    created_at: new Date().toISOString(),
  }
  return { ...action, versions: [...action.versions, version], allChangesDeployed: true }
}

export function findDeployedVersion(action: Auth0Action): ActionVersion | undefined {
  return action.versions.at(-1)
}

/** The Action as the API shows it; secrets by name only. */
export function renderAction(action: Auth0Action): JsonObject {
  const { versions: _, allChangesDeployed: __, ...draft } = action
  const failed = 'error' in compileAction(action.code)
  const deployed = findDeployedVersion(action)
  return {
    ...draft,
    ...renderBase(action),
    secrets: action.secrets.map(renderSecret),
    status: failed ? 'failed' : 'built',
    ...(failed ? {} : { built_at: action.updated_at }),
    ...(deployed ? { deployed_version: renderVersion(action, deployed) } : {}),
  }
}

export function renderVersion(action: Auth0Action, version: ActionVersion): JsonObject {
  return {
    ...version,
    action_id: action.id,
    deployed: version.id === findDeployedVersion(action)?.id,
    status: 'built',
    secrets: version.secrets.map(renderSecret),
    action: renderBase(action),
    built_at: version.created_at,
    updated_at: version.created_at,
  }
}

function renderBase({ id, name, supported_triggers, allChangesDeployed, created_at, updated_at }: Auth0Action) {
  return { id, name, supported_triggers, all_changes_deployed: allChangesDeployed, created_at, updated_at }
}

function renderSecret({ name, updated_at }: ActionSecret): JsonObject {
  return { name, updated_at }
}

function assertSize(code: string): string {
  if (Buffer.byteLength(code) > MAX_CODE_BYTES) throw invalidBody('code: larger than 100 kB')
  return code
}

function parseTriggers(triggers: unknown[]): ActionTrigger[] {
  const parsed = triggers.flatMap((trigger) =>
    isJsonObject(trigger) && typeof trigger.id === 'string'
      ? [{ id: trigger.id, version: typeof trigger.version === 'string' ? trigger.version : 'v3' }]
      : [],
  )
  if (parsed.length === 0) throw invalidBody('supported_triggers: at least one trigger')
  return parsed
}

// Values cannot be read back, so a secret that is sent without one keeps the value it has.
function parseSecrets(secrets: unknown[], before: ActionSecret[]): ActionSecret[] {
  return secrets.flatMap((secret) => {
    if (!isJsonObject(secret) || typeof secret.name !== 'string') return []
    const known = before.find(({ name }) => name === secret.name)
    if (typeof secret.value !== 'string') return known ? [known] : []
    return [{ name: secret.name, value: secret.value, updated_at: new Date().toISOString() }]
  })
}
