import { clone, randomId } from '../values.ts'
import { notFound, OktaFault } from './errors.ts'
import type { GroupType, OktaGroup } from './group.ts'
import { buildUserTarget, type EventInput } from './log-event.ts'
import type { OktaUser } from './user.ts'
import type { UserDirectory } from './user-directory.ts'

export type OktaGroupSeed = { id?: string; name: string; type?: GroupType; roles?: string[]; members?: string[] }

export type GroupDirectory = {
  /** Throws Okta's 404 for a group that is not there. */
  get: (id: string) => OktaGroup
  /** Puts a group there without an event, as if the org had always had it. */
  seed: (seed: OktaGroupSeed) => OktaGroup
  remove: (id: string) => void
  setRoles: (id: string, roles: string[]) => void
  members: (id: string) => OktaUser[]
  /** Adding a member again, and removing a user who is none, changes nothing and is no event. */
  addMember: (id: string, userId: string) => void
  removeMember: (id: string, userId: string) => void
  ofUser: (userId: string) => OktaGroup[]
}

/** The groups of one org. Okta lets members of `OKTA_GROUP` groups alone be changed (Okta docs: Groups API). */
export function createGroupDirectory(options: {
  users: UserDirectory
  emit: (event: EventInput) => void
}): GroupDirectory {
  const { users, emit } = options
  const groups = new Map<string, { group: OktaGroup; members: Set<string> }>()

  const find = (id: string) => {
    const found = groups.get(id)
    if (!found) throw notFound(id, 'UserGroup')
    return found
  }

  const change = ({ id, userId, verb }: { id: string; userId: string; verb: 'add' | 'remove' }) => {
    const { group, members } = find(id)
    const user = users.get(userId)
    if (group.type !== 'OKTA_GROUP') throw new OktaFault('E0000006')
    if (members.has(user.id) === (verb === 'add')) return
    if (verb === 'add') members.add(user.id)
    else members.delete(user.id)
    group.lastMembershipUpdated = new Date().toISOString()
    emit({ eventType: `group.user_membership.${verb}`, target: [buildUserTarget(user), groupTarget(group)] })
  }

  return {
    get: (id) => clone(find(id).group),
    seed: (seed) => {
      const group = newGroup(seed)
      groups.set(group.id, { group, members: new Set(seed.members) })
      return clone(group)
    },
    remove: (id) => void (find(id) && groups.delete(id)),
    setRoles: (id, roles) => {
      find(id).group.roles = [...roles]
    },
    members: (id) => {
      const { members } = find(id)
      return users.list().filter((user) => members.has(user.id))
    },
    addMember: (id, userId) => change({ id, userId, verb: 'add' }),
    removeMember: (id, userId) => change({ id, userId, verb: 'remove' }),
    ofUser: (userId) => {
      const { id } = users.get(userId)
      return [...groups.values()].filter(({ members }) => members.has(id)).map(({ group }) => clone(group))
    },
  }
}

function newGroup({ id, name, type = 'OKTA_GROUP', roles = [] }: OktaGroupSeed): OktaGroup {
  const at = new Date().toISOString()
  return { id: id ?? randomId('00g'), name, type, created: at, lastMembershipUpdated: at, roles: [...roles] }
}

function groupTarget({ id, name }: OktaGroup) {
  return { id, type: 'UserGroup', alternateId: 'unknown', displayName: name, detailEntry: null }
}
