import type { z } from 'zod'
import { type HttpClient, PermanentError, parseList } from '../../src/index.ts'
import type { ZendeskConfig } from './config.ts'
import { isNotFound, toHubError } from './errors.ts'
import { type CustomRole, customRole, customRoles, manyUsers, oneUser, type User, userId } from './schemas.ts'

type ZendeskReads = {
  /** Returns ids only, to be read one by one: the search is some minutes behind, and finds second e-mails too. */
  userIdsByEmail(email: string): Promise<number[]>
  /** Null: there is no such user. */
  user(id: number): Promise<User | null>
  /** Null: this plan has no custom roles, or the credential may not list them. */
  customRoles(): Promise<CustomRole[] | null>
  whoAmI(): Promise<User>
}

/** What the connector does at Zendesk, through the hub's guarded HTTP client: Zendesk has no Node SDK of its own. */
export type Zendesk = ZendeskReads & {
  createUser(fields: Record<string, unknown>): Promise<User>
  /** False: there is no such user any more. */
  updateUser(id: number, fields: Record<string, unknown>): Promise<boolean>
}

type Doing<T> = { doing: string; schema: z.ZodType<T> }

export function makeZendesk(http: HttpClient, config: ZendeskConfig): Zendesk {
  const { base, headers } = makeAddress(config)

  async function write<T>(call: ReturnType<HttpClient['put']>, { doing, schema }: Doing<T>): Promise<T> {
    const { body } = await call.catch((error) => {
      throw isNotFound(error) ? error : toHubError(error, { doing, isWrite: true })
    })
    return parseAnswer(schema, body, doing)
  }
  return {
    ...makeZendeskReads(http, config),
    createUser: async (fields) => {
      const call = http.post(`${base}/users`, { user: fields }, { headers })
      return (await write(call, { doing: 'create a user', schema: oneUser })).user
    },
    updateUser: async (id, fields) => {
      const call = http.put(`${base}/users/${id}`, { user: fields }, { headers })
      return (await readOrNull(write(call, { doing: 'change a user’s role', schema: oneUser }))) !== null
    },
  }
}

export function makeZendeskReads(http: Pick<HttpClient, 'get'>, config: ZendeskConfig): ZendeskReads {
  const { base, headers } = makeAddress(config)

  async function read<T>(path: string, { doing, schema }: Doing<T>, query: Record<string, string> = {}): Promise<T> {
    const { body } = await http.get(`${base}${path}`, { headers, query }).catch((error) => {
      throw isNotFound(error) ? error : toHubError(error, { doing, isWrite: false })
    })
    return parseAnswer(schema, body, doing)
  }
  return {
    userIdsByEmail: async (email) => {
      const search = { doing: 'search users', schema: manyUsers }
      const { users } = await read('/users/search', search, { query: `email:"${email}"` })
      return (parseList(userId, users)?.items ?? []).map(({ id }) => id)
    },
    user: async (id) =>
      (await readOrNull(read(`/users/${id}`, { doing: 'read a user', schema: oneUser })))?.user ?? null,
    customRoles: async () => {
      try {
        const { body } = await http.get(`${base}/custom_roles`, { headers })
        return parseList(customRole, parseAnswer(customRoles, body, 'list roles').custom_roles)?.items ?? []
      } catch (error) {
        // Docs: "Accounts on the Enterprise plan or above"; what the others are answered is not said.
        const status = error instanceof PermanentError ? error.answer?.status : undefined
        if (status === 403 || status === 404) return null
        throw error
      }
    },
    whoAmI: async () => (await read('/users/me', { doing: 'read the own user', schema: oneUser })).user,
  }
}

function makeAddress(config: ZendeskConfig) {
  const origin = config.ZENDESK_BASE_URL ?? `https://${config.ZENDESK_SUBDOMAIN}.zendesk.com`
  return { base: `${origin}/api/v2`, headers: { authorization: makeAuthorization(config), accept: 'application/json' } }
}

async function readOrNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

/** Docs: "Security and authentication": basic with `<e-mail>/token`, or a bearer token. */
function makeAuthorization(config: ZendeskConfig): string {
  if (config.ZENDESK_OAUTH_TOKEN) return `Bearer ${config.ZENDESK_OAUTH_TOKEN}`
  return `Basic ${btoa(`${config.ZENDESK_EMAIL}/token:${config.ZENDESK_API_TOKEN}`)}`
}

function parseAnswer<T>(schema: z.ZodType<T>, body: unknown, doing: string): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  throw new Error(`Zendesk's answer to "${doing}" is not what its documentation says`)
}
