import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../values.ts'
import { type Auth0Action, createAction, deployAction, editAction, findDeployedVersion } from './action.ts'
import { Auth0Fault, invalidBody } from './errors.ts'

export type ActionBinding = {
  id: string
  triggerId: string
  displayName: string
  actionId: string
  createdAt: string
}

export type ActionStore = {
  list: () => Auth0Action[]
  get: (id: string) => Auth0Action
  create: (body: JsonObject) => Auth0Action
  update: (id: string, body: JsonObject) => Auth0Action
  deploy: (id: string) => Auth0Action
  remove: (id: string, options: { force: boolean }) => void
  bindings: (triggerId: string) => ActionBinding[]
  /** Replaces the trigger's whole ordered list: what is not in it is unbound. */
  bind: (triggerId: string, body: JsonObject) => ActionBinding[]
}

const MAX_ACTIONS_PER_TRIGGER = 20

/** The tenant's Actions, and in which order each trigger runs them (Auth0 docs: Actions; update trigger bindings). */
export function createActionStore(): ActionStore {
  const actions = new Map<string, Auth0Action>()
  const bindings = new Map<string, ActionBinding[]>()

  const find = (id: string): Auth0Action => {
    const action = actions.get(id)
    if (!action) throw new Auth0Fault(404, 'That action does not exist.', 'action_not_found')
    return action
  }

  const put = (action: Auth0Action): Auth0Action => {
    actions.set(action.id, action)
    return action
  }

  const deploy = (id: string) => put(deployAction(find(id)))
  const bound = (triggerId: string) => bindings.get(triggerId) ?? []

  return {
    list: () => [...actions.values()],
    get: find,
    create: (body) => {
      const action = createAction(body)
      if ([...actions.values()].some(({ name }) => name === action.name)) {
        throw new Auth0Fault(400, 'An action with that name already exists.', 'action_name_conflict')
      }
      put(action)
      return body.deploy === true ? deploy(action.id) : action
    },
    update: (id, body) => put(editAction(find(id), body)),
    deploy,
    remove: (id, { force }) => {
      const { id: actionId } = find(id)
      const isBound = [...bindings.values()].flat().some((binding) => binding.actionId === actionId)
      if (isBound && !force) throw new Auth0Fault(400, 'The action is bound to a trigger.', 'action_bound')
      for (const [triggerId, list] of bindings) bindings.set(triggerId, without(list, actionId))
      actions.delete(actionId)
    },
    bindings: bound,
    bind: (triggerId, body) => {
      if (!Array.isArray(body.bindings)) throw invalidBody('Missing required property: bindings')
      if (body.bindings.length > MAX_ACTIONS_PER_TRIGGER) throw invalidBody('bindings: at most 20 actions a trigger')
      const list = body.bindings.map((item) =>
        resolveBinding({ triggerId, item, bound: bound(triggerId), actions: [...actions.values()] }),
      )
      bindings.set(triggerId, list)
      return list
    },
  }
}

function without(list: ActionBinding[], actionId: string): ActionBinding[] {
  return list.filter((binding) => binding.actionId !== actionId)
}

/** Finds what an entry of a bindings list refers to; an Action that was bound before keeps its binding. */
function resolveBinding(options: {
  triggerId: string
  item: unknown
  bound: ActionBinding[]
  actions: Auth0Action[]
}): ActionBinding {
  const { triggerId, bound } = options
  const item = isJsonObject(options.item) ? options.item : {}
  const action = findReferred(options.actions, { ref: isJsonObject(item.ref) ? item.ref : {}, bound })
  if (!action) throw new Auth0Fault(400, 'That action does not exist.', 'action_not_found')
  if (!findDeployedVersion(action))
    throw new Auth0Fault(400, 'The action must be deployed first.', 'action_not_deployed')
  if (!action.supported_triggers.some(({ id }) => id === triggerId)) throw invalidBody('The trigger is not supported')
  const known = bound.find(({ actionId }) => actionId === action.id)
  return {
    id: known?.id ?? randomUUID(),
    triggerId,
    displayName: typeof item.display_name === 'string' ? item.display_name : action.name,
    actionId: action.id,
    createdAt: known?.createdAt ?? new Date().toISOString(),
  }
}

function findReferred(actions: Auth0Action[], { ref, bound }: { ref: JsonObject; bound: ActionBinding[] }) {
  if (ref.type === 'action_id') return actions.find(({ id }) => id === ref.value)
  if (ref.type === 'action_name') return actions.find(({ name }) => name === ref.value)
  if (ref.type !== 'binding_id') return undefined
  const binding = bound.find(({ id }) => id === ref.value)
  return actions.find(({ id }) => id === binding?.actionId)
}
