import { clone, isJsonObject, type JsonObject } from '../values.ts'
import { joinAccountId, linkAccounts, type SecondaryAccount, unlinkAccount } from './account-linking.ts'
import { Auth0Fault, invalidBody } from './errors.ts'
import {
  type Auth0Connection,
  type Auth0Identity,
  type Auth0User,
  type Auth0UserSeed,
  createAuth0User,
} from './user.ts'
import { assertUserBody, patchUser } from './user-patch.ts'
import { createSearchIndex } from './user-search-index.ts'

export type UserDirectory = {
  list: () => Auth0User[]
  get: (userId: string) => Auth0User
  find: (userId: string) => Auth0User | undefined
  /** Puts a user there as a first login through their connection would. */
  seed: (seed: Auth0UserSeed) => Auth0User
  /** `POST /users`: database connections only. */
  create: (body: JsonObject) => Auth0User
  patch: (userId: string, body: JsonObject) => Auth0User
  /** Removes a user; an unknown id is no error. */
  remove: (userId: string) => void
  /** Exact letter case, as `GET /users-by-email`. */
  byEmail: (email: string) => Auth0User[]
  /** Over the search index, which may lag behind. */
  search: (query: string | undefined) => Auth0User[]
  link: (userId: string, secondary: SecondaryAccount) => Auth0Identity[]
  unlink: (userId: string, secondary: SecondaryAccount) => Auth0Identity[]
  /** Notes a successful login on the profile. */
  recordLogin: (userId: string, ip: string) => void
  /** Makes the search index see everything now. */
  refreshSearchIndex: () => void
  close: () => void
}

const CREATE_ONLY = ['user_id']

/** The users of one tenant, whatever connection they come through. */
export function createUserDirectory(options: {
  connections: Auth0Connection[]
  searchLagMs: number
  metadataBytes: number
}): UserDirectory {
  const users = new Map<string, Auth0User>()
  const index = createSearchIndex(options.searchLagMs)

  const find = (userId: string): Auth0User => {
    const user = users.get(userId)
    if (!user) throw new Auth0Fault(404, 'The user does not exist.', 'inexistent_user')
    return user
  }

  const put = (user: Auth0User): Auth0User => {
    users.set(user.user_id, user)
    index.put(user)
    return clone(user)
  }

  const remove = (userId: string) => {
    users.delete(userId)
    index.remove(userId)
  }

  const seed = (input: Auth0UserSeed): Auth0User => {
    const user = createAuth0User(input, findConnection(options.connections, input.connection))
    if (users.has(user.user_id)) throw alreadyExists()
    return put(user)
  }

  return {
    list: () => clone([...users.values()]),
    get: (userId) => clone(find(userId)),
    find: (userId) => clone(users.get(userId)),
    seed,
    create: (body) => {
      const input = parseCreation(body, options.connections)
      if ([...users.values()].some((user) => isSameAccount(user, input))) throw alreadyExists()
      return seed(input)
    },
    patch: (userId, body) => put(assertRoom(patchUser(find(userId), body), { body, ...options })),
    remove,
    byEmail: (email) => clone([...users.values()].filter((user) => user.email === email)),
    search: (query) => index.search(query),
    ...linking({ find, put, remove }),
    recordLogin: (userId, ip) => void put(afterLogin(find(userId), ip)),
    refreshSearchIndex: index.refresh,
    close: index.close,
  }
}

function linking({
  find,
  put,
  remove,
}: {
  find: (userId: string) => Auth0User
  put: (user: Auth0User) => Auth0User
  remove: (userId: string) => void
}): Pick<UserDirectory, 'link' | 'unlink'> {
  return {
    link: (userId, secondary) => {
      const { primary, absorbed } = linkAccounts(find(userId), find(joinAccountId(secondary)))
      remove(absorbed.user_id)
      return put(primary).identities
    },
    unlink: (userId, secondary) => {
      const { primary, restored } = unlinkAccount(find(userId), secondary)
      put(restored)
      return put(primary).identities
    },
  }
}

function parseCreation(body: JsonObject, connections: Auth0Connection[]): Auth0UserSeed & { email?: string } {
  assertUserBody(body, { alsoKnown: CREATE_ONLY })
  if (typeof body.connection !== 'string') throw invalidBody('Missing required property: connection')
  const { connection, email, user_id: id, email_verified: verified, name, blocked } = body
  if (findConnection(connections, connection).strategy !== 'auth0') {
    throw new Auth0Fault(400, 'Users of this connection are created by logging in.', 'operation_not_supported')
  }
  if (typeof email !== 'string') throw invalidBody('Missing required property: email')
  if (typeof body.password !== 'string') throw invalidBody('Missing required property: password')
  return {
    connection,
    email,
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof verified === 'boolean' ? { email_verified: verified } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof blocked === 'boolean' ? { blocked } : {}),
    ...(isJsonObject(body.app_metadata) ? { app_metadata: body.app_metadata } : {}),
    ...(isJsonObject(body.user_metadata) ? { user_metadata: body.user_metadata } : {}),
  }
}

function assertRoom(user: Auth0User, { body, metadataBytes }: { body: JsonObject; metadataBytes: number }): Auth0User {
  const isMetadata = body.app_metadata !== undefined || body.user_metadata !== undefined
  const { length } = JSON.stringify([user.app_metadata, user.user_metadata])
  if (isMetadata && length > metadataBytes) throw new Auth0Fault(400, 'The metadata of this user is too large.')
  return user
}

function findConnection(connections: Auth0Connection[], name: string): Auth0Connection {
  const connection = connections.find((candidate) => candidate.name === name)
  if (!connection) throw new Auth0Fault(400, 'The connection does not exist.', 'inexistent_connection')
  return connection
}

function isSameAccount(user: Auth0User, { connection, email }: Auth0UserSeed): boolean {
  return user.identities[0]?.connection === connection && user.email === email?.toLowerCase()
}

function afterLogin(user: Auth0User, ip: string): Auth0User {
  return { ...user, last_login: new Date().toISOString(), last_ip: ip, logins_count: user.logins_count + 1 }
}

const alreadyExists = () => new Auth0Fault(409, 'The user already exists.', 'user_exists')
