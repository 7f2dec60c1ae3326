import { isJsonObject, type JsonObject } from '../values.ts'
import { Auth0Fault, invalidBody } from './errors.ts'
import type { Auth0User } from './user.ts'

// Auth0 docs: update a user. What else is sent is refused.
const TEXTS = ['email', 'family_name', 'given_name', 'name', 'nickname', 'phone_number', 'picture', 'username']
const FLAGS = ['blocked', 'email_verified', 'phone_verified']
const METADATA = ['app_metadata', 'user_metadata'] as const
// Accepted, and without a trace on the user.
const INSTRUCTIONS = ['verify_email', 'verify_phone_number', 'password', 'connection', 'client_id']
const KNOWN = new Set<string>([...TEXTS, ...FLAGS, ...METADATA, ...INSTRUCTIONS])

// Auth0 docs: metadata field names. app_metadata is merged onto the profile in Actions, so these would shadow it.
const RESERVED_IN_APP_METADATA = new Set([
  '__tenant',
  '_id',
  'blocked',
  'clientID',
  'created_at',
  'email',
  'email_verified',
  'globalClientID',
  'identities',
  'lastIP',
  'lastLogin',
  'loginsCount',
  'metadata',
  'multifactor_last_modified',
  'multifactor',
  'updated_at',
  'user_id',
])

/** Refuses a body that the Management API would refuse, for a new user or an existing one. */
export function assertUserBody(body: JsonObject, { alsoKnown = [] }: { alsoKnown?: string[] } = {}): void {
  for (const [name, value] of Object.entries(body)) {
    if (!KNOWN.has(name) && !alsoKnown.includes(name)) throw invalidBody(`Additional properties not allowed: ${name}`)
    if (FLAGS.includes(name) && typeof value !== 'boolean') throw wrongType(name, 'boolean', value)
    if (TEXTS.includes(name) && value !== null && typeof value !== 'string') throw wrongType(name, 'string', value)
  }
  for (const name of METADATA) {
    const metadata = body[name]
    if (metadata === undefined) continue
    if (!isJsonObject(metadata)) throw wrongType(name, 'object', metadata)
    assertMetadataKeys(metadata, name)
  }
}

/**
 * Applies a PATCH (Auth0 docs: update a user; manage metadata with the Management API).
 *
 * Metadata is merged on the first level only: a nested object replaces its predecessor whole, `null` deletes a key, and
 * an empty object wipes everything. A password reset through the API also lifts an administrator's block.
 */
export function patchUser(user: Auth0User, body: JsonObject): Auth0User {
  assertUserBody(body)
  assertAllowedForConnection(user, body)
  const patched: Auth0User = { ...user, updated_at: new Date().toISOString() }
  for (const name of [...TEXTS, ...FLAGS]) {
    if (body[name] === undefined) continue
    if (body[name] === null) delete patched[name]
    else patched[name] = body[name]
  }
  if (typeof body.email === 'string' && isDatabaseUser(user)) patched.email = body.email.toLowerCase()
  if (typeof body.password === 'string' && body.blocked === undefined && user.blocked) patched.blocked = false
  for (const name of METADATA) {
    const changes = body[name]
    if (isJsonObject(changes)) patched[name] = mergeMetadata(user[name], changes)
  }
  return patched
}

function mergeMetadata(before: JsonObject, changes: JsonObject): JsonObject {
  if (Object.keys(changes).length === 0) return {}
  const merged = { ...before, ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}

function assertMetadataKeys(metadata: JsonObject, name: (typeof METADATA)[number]): void {
  for (const key of Object.keys(metadata)) {
    if (/[.$]/.test(key)) throw invalidBody(`${name}.${key}: keys must not contain "." or "$"`)
    if (name === 'app_metadata' && RESERVED_IN_APP_METADATA.has(key)) {
      throw invalidBody(`app_metadata must not contain ${key}`)
    }
  }
}

function assertAllowedForConnection(user: Auth0User, body: JsonObject): void {
  if (isDatabaseUser(user)) return
  for (const name of ['email', 'password', 'username', 'email_verified']) {
    if (body[name] === undefined) continue
    const message = `The following user attributes cannot be updated: ${name}. The connection must be a database.`
    throw new Auth0Fault(400, message, 'operation_not_supported')
  }
}

function isDatabaseUser(user: Auth0User): boolean {
  return user.identities[0]?.provider === 'auth0'
}

function wrongType(name: string, wanted: string, value: unknown): Auth0Fault {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return invalidBody(`Expected type ${wanted} but found type ${found} on property ${name}`)
}
