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

/** With a target for each permission, or with the values of those that the allow-list does not have. */
type Mapped = { permissions: Permission[]; whole: boolean } | { unmapped: string[] }

type Asked = ReceivedRequest['permissions'][number]

/** The connector's allow-list; undefined: it has none, and takes every permission by its own value. */
function readAllowList({ connector, config }: Installed): Grantable | undefined {
  return connector.grants?.({ config })
}

/** Gives every permission that is asked for its target by the allow-list. */
export function mapGrant(request: ReceivedRequest, installed: Installed): Mapped {
  const list = readAllowList(installed)
  const application = request.application.id
  return mapEach(request, ({ value }) => (list ? targetOf(list, { application, value }) : value))
}

/**
 * The same for a revoke. What was granted once is taken away though the allow-list has changed since. Without a
 * permission, everything of the application is meant.
 */
export async function mapRevoke(
  request: ReceivedRequest,
  installed: Installed,
  journal: Pick<Journal, 'access'>,
): Promise<Mapped> {
  const { application, permissions } = request
  const isWhole = permissions.length === 0
  const list = readAllowList(installed)
  if (isWhole) {
    const all = list ? targetsOf(list, application.id) : [{ value: '', target: '' }]
    const labelled = all.map((one) => ({ ...one, label: one.value || application.label, source: '' }))
    if (labelled.length > 0) return { permissions: labelled, whole: true }
  }
  const mapped = mapGrant(request, installed)
  if ('permissions' in mapped) return mapped
  const granted = await journal.access.listGrantedTargets({
    connector: installed.id,
    instance: instanceOf(application),
  })
  // The application has left the allow-list.
  if (isWhole && granted.length > 0) return { permissions: granted.map(({ permission }) => permission), whole: true }
  const targets = new Map(granted.map(({ access, permission }) => [access, permission.target]))
  return mapEach(request, (asked) => {
    const allowed = list && targetOf(list, { application: application.id, value: asked.value })
    return allowed ?? targets.get(accessOf(application, asked))
  })
}

/** The same for a question, which grants nothing: what the allow-list does not have goes by its own value. */
export function mapQuestion({ application, permissions }: ReceivedRequest, installed: Installed): Permission[] {
  const list = readAllowList(installed)
  const asked = permissions.length > 0 ? permissions : [makeWhole(application)]
  return asked.map((permission) => {
    const { value } = permission
    return { ...permission, target: (list && targetOf(list, { application: application.id, value })) ?? value }
  })
}

/** Says why something that the allow-list does not have was refused. */
export function explainUnmapped(
  { application }: Pick<ReceivedRequest, 'application'>,
  { installed, values }: { installed: Installed; values: readonly string[] },
): string {
  const [first] = values
  if (values.length === 1 && first === application.id)
    return `Nobody has allowed ${installed.id} to grant ${application.id} as a whole.`
  return `Nobody has allowed ${installed.id} to grant this of ${application.id}: ${values.slice(0, 5).join(', ')}.`
}

/** Maps each permission once, though it was asked for twice; without any, the application itself is asked for. */
function mapEach(
  { application, permissions }: ReceivedRequest,
  findTarget: (asked: Asked) => string | undefined,
): Mapped {
  const unique = [...new Map(permissions.map((one) => [one.value, one])).values()]
  const asked = unique.length > 0 ? unique : [makeWhole(application)]
  const mapped: Permission[] = []
  const unmapped: string[] = []
  for (const one of asked) {
    const target = findTarget(one)
    if (target === undefined) unmapped.push(one.value || application.id)
    else mapped.push({ ...one, target })
  }
  return unmapped.length > 0 ? { unmapped } : { permissions: mapped, whole: false }
}

/** An application as a whole is one permission without a value. */
function makeWhole({ label }: ReceivedRequest['application']): Asked {
  return { value: '', label, source: '' }
}
