/** The parts of the OpenAPI document that the page shows. */
export type SchemaPart = {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  items?: SchemaPart
  properties?: Record<string, SchemaPart>
  required?: string[]
  anyOf?: SchemaPart[]
  allOf?: SchemaPart[]
  default?: unknown
  minimum?: number
  maximum?: number
}

type Content = Record<string, { schema?: SchemaPart }>

export type OperationPart = {
  summary?: string
  tags?: string[]
  'x-role'?: string
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: SchemaPart }[]
  requestBody?: { content?: Content }
  responses?: Record<string, { description?: string; content?: Content }>
}

export type ApiDocument = {
  info: { title: string; description?: string }
  paths?: Record<string, Record<string, OperationPart>>
  components?: { schemas?: Record<string, SchemaPart> }
}

export type ListedOperation = OperationPart & { method: string; path: string; tag: string; anchor: string }

/** Lists the operations of the document, tag by tag. */
export function listOperations({ paths = {} }: ApiDocument): ListedOperation[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => {
      const method = name.toUpperCase()
      const anchor = `${name}${path.replace(/[^a-z0-9]+/gi, '-')}`.replace(/-$/, '')
      return { ...operation, method, path, tag: operation.tags?.[0] ?? 'others', anchor }
    }),
  )
  return all.sort((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0))
}

/** The schema of a body or an answer, whatever its media type is. */
export function schemaOf(content: Content | undefined): SchemaPart | undefined {
  return Object.values(content ?? {})[0]?.schema
}

/** The name of the schema to which a part refers; null: to none. */
export function nameOfRef({ $ref }: SchemaPart): string | null {
  return $ref?.split('/').at(-1) ?? null
}
