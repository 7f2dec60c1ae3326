import { clone, randomId } from '../values.ts'
import type { AppUser, OktaApplication } from './application.ts'
import { notFound, OktaFault } from './errors.ts'
import type { GroupDirectory } from './group-directory.ts'
import { buildUserTarget, type EventInput } from './log-event.ts'
import type { OktaUser } from './user.ts'
import type { UserDirectory } from './user-directory.ts'

export type OktaApplicationSeed = { id?: string; name?: string; label: string; groups?: string[]; users?: string[] }

export type ApplicationDirectory = {
  /** Throws Okta's 404 for an application that is not there. */
  get: (id: string) => OktaApplication
  /** Puts an application there without an event. */
  seed: (seed: OktaApplicationSeed) => OktaApplication
  remove: (id: string) => void
  setStatus: (id: string, status: OktaApplication['status']) => void
  users: (id: string) => AppUser[]
  /** All that a person has, by themselves or through a group. */
  ofUser: (userId: string) => OktaApplication[]
  /** Throws Okta's 404 for a user who is not assigned. */
  assignment: (id: string, userId: string) => AppUser
  /** A direct assignment, whatever the groups give; once more changes nothing and is no event. */
  assign: (id: string, userId: string) => AppUser
  unassign: (id: string, userId: string) => void
}

type Entry = { application: OktaApplication; direct: Map<string, string> }

// Seen in articulate/terraform-provider-okta issue 120: a direct assignment cannot go either while a group gives one.
const GROUP_GIVES_IT =
  'The application cannot be unassigned from the user while their group memberships grant them access'

/** The applications of one org, and who has them: by themselves (`USER`) or through a group (`GROUP`). */
export function createApplicationDirectory(options: {
  users: UserDirectory
  groups: GroupDirectory
  emit: (event: EventInput) => void
}): ApplicationDirectory {
  const { users, groups, emit } = options
  const entries = new Map<string, Entry>()

  const find = (id: string) => {
    const found = entries.get(id)
    if (!found) throw notFound(id, 'AppInstance')
    return found
  }

  const givenByGroup = ({ application }: Entry, { id }: OktaUser) =>
    groups.ofUser(id).some((group) => application.groups.includes(group.id))

  const read = (entry: Entry, user: OktaUser): AppUser | undefined => {
    const since = entry.direct.get(user.id)
    if (since !== undefined) return { user, scope: 'USER', since }
    return givenByGroup(entry, user) ? { user, scope: 'GROUP', since: entry.application.created } : undefined
  }

  const require = (id: string, userId: string): AppUser => {
    const found = read(find(id), users.get(userId))
    if (!found) throw notFound(userId, 'AppUser')
    return found
  }

  return {
    get: (id) => clone(find(id).application),
    seed: ({ users: holders = [], ...seed }) => {
      const application = newApplication(seed)
      const direct = new Map(holders.map((id) => [id, application.created]))
      entries.set(application.id, { application, direct })
      return clone(application)
    },
    remove: (id) => void (find(id) && entries.delete(id)),
    setStatus: (id, status) => {
      find(id).application.status = status
    },
    users: (id) => users.list().flatMap((user) => read(find(id), user) ?? []),
    ofUser: (userId) => {
      const user = users.get(userId)
      return [...entries.values()].filter((entry) => read(entry, user)).map(({ application }) => clone(application))
    },
    assignment: require,
    assign: (id, userId) => {
      const { application, direct } = find(id)
      const user = users.get(userId)
      if (!direct.has(user.id)) {
        direct.set(user.id, new Date().toISOString())
        emit({ eventType: 'application.user_membership.add', target: targets(application, user) })
      }
      return require(id, user.id)
    },
    unassign: (id, userId) => {
      const entry = find(id)
      const { user } = require(id, userId)
      if (givenByGroup(entry, user)) throw new OktaFault('E0000046', { causes: [GROUP_GIVES_IT] })
      entry.direct.delete(user.id)
      emit({ eventType: 'application.user_membership.remove', target: targets(entry.application, user) })
    },
  }
}

function newApplication({ id, name = 'acme_saml', label, groups = [] }: Omit<OktaApplicationSeed, 'users'>) {
  return {
    id: id ?? randomId('0oa'),
    name,
    label,
    created: new Date().toISOString(),
    status: 'ACTIVE' as const,
    groups: [...groups],
  }
}

/** Three targets, as Okta sends them: the person is the last one. */
function targets({ id, label }: OktaApplication, user: OktaUser) {
  const { login } = user.profile
  return [
    { id: randomId('0ua'), type: 'AppUser', alternateId: login, displayName: login, detailEntry: null },
    { id, type: 'AppInstance', alternateId: label, displayName: label, detailEntry: null },
    buildUserTarget(user),
  ]
}
