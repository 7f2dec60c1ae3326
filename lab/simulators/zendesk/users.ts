import type { JsonObject } from '../values.ts'
import { invalid, notFound, ZendeskFault } from './errors.ts'

type Role = 'end-user' | 'agent' | 'admin'

export type ZendeskUser = {
  id: number
  name: string
  /** The primary one. */
  email: string
  otherEmails: string[]
  role: Role
  role_type: number | null
  custom_role_id: number | null
  active: boolean
  suspended: boolean
  /** Shared from another account: no agent of this account may change it. */
  shared: boolean
}

export type ZendeskRole = { id: number; name: string; role_type: number; configuration: JsonObject }

export type ZendeskUserSeed = Partial<ZendeskUser> & { email: string }

export type ZendeskUsers = ReturnType<typeof createUsers>

type Options = { seeds: ZendeskUserSeed[]; roles: ZendeskRole[] | null; seats: number; searchLagMs: number }

const LIGHT = 1

/** Users with their one role, the seats that agents take, and a search that lags behind. */
export function createUsers({ seeds, roles, seats, searchLagMs }: Options) {
  const users = new Map<number, ZendeskUser>()
  let lastId = 9_000
  let indexed: ZendeskUser[] = []
  const blank = { otherEmails: [], role: 'end-user', role_type: null, custom_role_id: null } as const
  for (const seed of seeds) {
    const id = seed.id ?? ++lastId
    users.set(id, {
      ...blank,
      name: seed.email,
      active: true,
      suspended: false,
      shared: false,
      ...seed,
      otherEmails: seed.otherEmails ?? [],
      id,
    })
  }
  const reindex = () => {
    indexed = [...users.values()].map((user) => ({ ...user }))
  }
  reindex()
  const changed = () => {
    if (searchLagMs === 0) return reindex()
    if (Number.isFinite(searchLagMs)) setTimeout(reindex, searchLagMs).unref()
  }

  const get = (id: number): ZendeskUser => {
    const user = users.get(id)
    if (!user) throw notFound()
    return user
  }
  const takesSeat = ({ role, role_type: type, active }: ZendeskUser) => role !== 'end-user' && type !== LIGHT && active

  /** What Zendesk makes of `role` and `custom_role_id`. */
  const withRole = (user: ZendeskUser, fields: JsonObject): ZendeskUser => {
    const role = typeof fields.role === 'string' ? (fields.role as Role) : user.role
    if (role === 'end-user') return { ...user, role, role_type: null, custom_role_id: null }
    if (role === 'admin') return { ...user, role, role_type: 4, custom_role_id: null }
    if (fields.custom_role_id === undefined) return { ...user, role }
    const custom = roles?.find(({ id }) => id === fields.custom_role_id)
    if (!custom) throw invalid('custom_role_id', { description: 'Custom role is invalid', error: 'InvalidValue' })
    return { ...user, role, role_type: custom.role_type, custom_role_id: custom.id }
  }
  const refuseOverSeats = (user: ZendeskUser) => {
    const others = [...users.values()].filter((one) => one.id !== user.id && takesSeat(one)).length
    if (!takesSeat(user) || others < seats) return
    throw invalid('role', { description: 'Role: you have reached your agent limit', error: 'MaxAgentExceeded' })
  }

  return {
    get,
    all: () => [...users.values()],
    refreshSearchIndex: reindex,
    /** `email:"…"` finds by any of a user's e-mails, the primary or another one. */
    search: (query: string): ZendeskUser[] => {
      const [, wanted = ''] = /^email:"([^"]*)"$/.exec(query) ?? []
      const matches = (email: string) => email.toLowerCase() === wanted.toLowerCase()
      return indexed.filter((user) => user.active && [user.email, ...user.otherEmails].some(matches))
    },
    create: (fields: JsonObject): ZendeskUser => {
      const { name, email } = fields
      if (typeof name !== 'string' || name.length < 1)
        throw invalid('name', { description: 'Name: is too short (minimum one character)', error: 'ValueTooShort' })
      if (typeof email !== 'string') throw new ZendeskFault(400, 'InvalidEndpoint')
      const taken = [...users.values()].some(
        (user) =>
          user.active && [user.email, ...user.otherEmails].some((one) => one.toLowerCase() === email.toLowerCase()),
      )
      if (taken)
        throw invalid('email', {
          description: `Email: ${email} is already being used by another user`,
          error: 'DuplicateValue',
        })
      const plain = {
        ...blank,
        otherEmails: [],
        id: ++lastId,
        name,
        email,
        active: true,
        suspended: false,
        shared: false,
      }
      const user = withRole(plain, fields)
      refuseOverSeats(user)
      users.set(user.id, user)
      changed()
      return user
    },
    update: (id: number, fields: JsonObject): ZendeskUser => {
      const user = withRole(get(id), fields)
      refuseOverSeats(user)
      users.set(id, user)
      changed()
      return user
    },
  }
}
