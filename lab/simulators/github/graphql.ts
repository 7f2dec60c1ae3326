import { isJsonObject, type JsonObject } from '../values.ts'
import type { Directory, Organization } from './directory.ts'

type Selection = { name: string; args: Record<string, string>; fields: Selection[] }

type Request = { query: string; variables: JsonObject }

/**
 * The few fields of GitHub's GraphQL schema that concern who a user is. Only what is asked for is answered, and a
 * field that the schema does not have is an error, as it is there.
 */
export function answerGraphql(directory: Directory, { query, variables }: Request): JsonObject {
  try {
    const [operation] = parseSelections(query.slice(query.indexOf('{')))
    if (!operation) throw new Error('A query attribute must be specified and must be a string.')
    const login = text(variables, operation.args.login)
    if (operation.name === 'enterprise') {
      const identities = directory.organization(text(variables, operation.args.slug))
      const whole = { ownerInfo: samlOf(directory, identities, { operation, variables }) }
      return { data: { enterprise: select(whole, operation.fields) } }
    }
    if (operation.name !== 'organization') throw new Error(`Field '${operation.name}' doesn't exist on type 'Query'`)
    const org = directory.organization(login)
    const whole = {
      login: org.login,
      ...samlOf(directory, org, { operation, variables }),
      ...membersOf(directory, org, { operation, variables }),
    }
    return { data: { organization: select(whole, operation.fields) } }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const type = message === 'Not Found' ? 'NOT_FOUND' : 'undefinedField'
    return { data: null, errors: [{ type, message }] }
  }
}

type Look = { operation: Selection; variables: JsonObject }

function samlOf(directory: Directory, { identities }: Organization, look: Look): JsonObject {
  if (identities === null) return { samlIdentityProvider: null }
  const name = text(look.variables, argsOf(look.operation, 'externalIdentities').userName)
  const found = identities.filter(({ nameId }) => name === '' || nameId === name)
  const nodes = found.map(({ nameId, login }) => ({
    samlIdentity: { nameId, emails: [{ value: nameId }] },
    scimIdentity: null,
    user: login === null ? null : { login: directory.account(login).login },
  }))
  return { samlIdentityProvider: { externalIdentities: { nodes } } }
}

function membersOf(directory: Directory, org: Organization, look: Look): JsonObject {
  const args = argsOf(look.operation, 'membersWithRole')
  const first = Number(args.first ?? 0)
  const start = Number(text(look.variables, args.after) || 0)
  const page = [...org.members.values()].slice(start, start + first)
  const nodes = page.map(({ login }) => {
    const { verifiedEmails } = directory.account(login)
    return { login, organizationVerifiedDomainEmails: verifiedEmails }
  })
  const hasNextPage = start + first < org.members.size
  return {
    membersWithRole: { nodes, pageInfo: { hasNextPage, endCursor: hasNextPage ? String(start + first) : null } },
  }
}

function argsOf(selection: Selection, name: string): Record<string, string> {
  if (selection.name === name) return selection.args
  return selection.fields.map((field) => argsOf(field, name)).find((args) => Object.keys(args).length > 0) ?? {}
}

function select(value: unknown, fields: Selection[]): unknown {
  if (fields.length === 0) return value
  if (Array.isArray(value)) return value.map((item) => select(item, fields))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    fields.map(({ name, fields: inner }) => {
      if (!Object.hasOwn(value, name)) throw new Error(`Field '${name}' doesn't exist`)
      return [name, select(value[name], inner)]
    }),
  )
}

/** `{ a(x: $y) { b c } }` as a tree; no fragments, no aliases. */
function parseSelections(source: string): Selection[] {
  const tokens = source.match(/[A-Za-z_]\w*|\$\w+|\d+|[{}():,]/g) ?? []
  let at = 0
  const list = (): Selection[] => {
    const found: Selection[] = []
    at++
    while (tokens[at] !== '}' && at < tokens.length) {
      const name = tokens[at++] ?? ''
      const args = tokens[at] === '(' ? readArgs() : {}
      found.push({ name, args, fields: tokens[at] === '{' ? list() : [] })
    }
    at++
    return found
  }
  const readArgs = (): Record<string, string> => {
    const args: Record<string, string> = {}
    for (at++; tokens[at] !== ')' && at < tokens.length; at++) {
      if (tokens[at + 1] === ':') args[tokens[at] ?? ''] = tokens[at + 2] ?? ''
    }
    at++
    return args
  }
  return list()
}

function text(variables: JsonObject, argument: string | undefined): string {
  if (!argument?.startsWith('$')) return argument ?? ''
  const value = variables[argument.slice(1)]
  return typeof value === 'string' ? value : ''
}
