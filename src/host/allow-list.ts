import {
  accessOf,
  type Grantable,
  instanceOf,
  type Permission,
  type ReceivedRequest,
  targetOf,
  targetsOf,
} from '../core/access.ts'
import type { Journal } from '../journal/index.ts'
import type { Installed } from './installed.ts'

type Mapped = { permissions: Permission[]; whole: boolean } | { unmapped: string[] }

/** The connector's allow-list; undefined: it has none, and takes every permission by its own value. */
function allowList({ connector, config }: Installed): Grantable | undefined {
  return connector.grants?.({ config })
}

/** Gives every permission that is asked for its target, or says which of them nobody allowed. */
export function mapGrant(request: ReceivedRequest, installed: Installed): Mapped {
  const list = allowList(installed)
  const { application, permissions } = request
  const asked = permissions.length > 0 ? unique(permissions) : [theApplication(application)]
  const mapped = asked.map((permission) => ({
    ...permission,
    target: list ? targetOf(list, { application: application.id, value: permission.value }) : permission.value,
  }))
  const unmapped = mapped.filter(({ target }) => target === undefined).map(({ value }) => value || application.id)
  if (unmapped.length > 0) return { unmapped }
  return { permissions: mapped.map(({ target = '', ...rest }) => ({ ...rest, target })), whole: false }
}

/**
 * The same for a revoke. What was granted once is taken away though the allow-list has changed since. Without a
 * permission, everything of the application is meant.
 */
export async function mapRevoke(request: ReceivedRequest, installed: Installed, journal: Journal): Promise<Mapped> {
  const { application, permissions } = request
  const list = allowList(installed)
  if (permissions.length === 0) {
    const all = list ? targetsOf(list, application.id) : [{ value: '', target: '' }]
    const labelled = all.map((one) => ({ ...one, label: one.value || application.label, source: '' }))
    if (labelled.length > 0) return { permissions: labelled, whole: true }
  }
  const mapped = mapGrant(request, installed)
  if ('permissions' in mapped) return mapped
  const instance = instanceOf(application)
  const granted = await journal.access.listGrantedTargets({ connector: installed.id, instance })
  // The application has left the allow-list.
  if (permissions.length === 0 && granted.length > 0) {
    return { permissions: granted.map(({ permission }) => permission), whole: true }
  }
  const asked = permissions.length > 0 ? unique(permissions) : [theApplication(application)]
  const known = new Map(granted.map(({ access, permission }) => [access, permission.target]))
  const resolved = asked.map((permission) => ({
    ...permission,
    target:
      (list && targetOf(list, { application: application.id, value: permission.value })) ??
      known.get(accessOf(application, permission)),
  }))
  const unmapped = resolved.filter(({ target }) => target === undefined).map(({ value }) => value || application.id)
  if (unmapped.length > 0) return { unmapped }
  return { permissions: resolved.map(({ target = '', ...rest }) => ({ ...rest, target })), whole: false }
}

/** A question grants nothing: what is not on the list goes by its own value. */
export function mapQuestion(request: ReceivedRequest, installed: Installed): Permission[] {
  const list = allowList(installed)
  const { application, permissions } = request
  const asked = permissions.length > 0 ? permissions : [theApplication(application)]
  return asked.map((permission) => ({
    ...permission,
    target: (list && targetOf(list, { application: application.id, value: permission.value })) ?? permission.value,
  }))
}

/** Why something that is not in the allow-list was refused. */
export function notAllowed(
  { application }: Pick<ReceivedRequest, 'application'>,
  { installed, values }: { installed: Installed; values: readonly string[] },
): string {
  const [first] = values
  if (values.length === 1 && first === application.id)
    return `Nobody has allowed ${installed.id} to grant ${application.id} as a whole.`
  return `Nobody has allowed ${installed.id} to grant this of ${application.id}: ${values.slice(0, 5).join(', ')}.`
}

function theApplication({ label }: ReceivedRequest['application']): ReceivedRequest['permissions'][number] {
  return { value: '', label, source: '' }
}

function unique<T extends { value: string }>(permissions: readonly T[]): T[] {
  return [...new Map(permissions.map((permission) => [permission.value, permission])).values()]
}
