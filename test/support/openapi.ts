import { readFileSync } from 'node:fs'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

type Answer = { method: string; path: string; status: number; body: unknown }

export type OpenApiContract = {
  /** What is wrong with an answer by the vendor's own document; empty when nothing is. */
  problems: (answer: Answer) => string[]
  /** The operation that a request belongs to, such as `get /users/{id}`. */
  operationOf: (request: Pick<Answer, 'method' | 'path'>) => string | undefined
  operations: string[]
}

type Schema = { [key: string]: unknown }
type Operation = { responses: Record<string, Schema | null> }
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

const BASE_PATHS = { okta: '', auth0: '/api/v2', github: '' }

// Okta answers 401 and 500 everywhere and documents them nowhere; Auth0 documents statuses, but no error body.
const ERROR_SCHEMAS: Record<string, Schema> = {
  okta: { $ref: '#/components/schemas/Error', required: ['errorCode', 'errorSummary', 'errorId', 'errorCauses'] },
  auth0: {
    type: 'object',
    required: ['statusCode', 'error', 'message'],
    properties: {
      statusCode: { type: 'integer' },
      error: { type: 'string' },
      message: { type: 'string' },
      errorCode: { type: 'string' },
    },
  },
  github: { $ref: '#/components/schemas/basic-error', required: ['message', 'documentation_url', 'status'] },
}

/** Reads the fixture that scripts/openapi-fixtures.ts has cut from the vendor's document. */
export function loadOpenApi(vendor: keyof typeof BASE_PATHS): OpenApiContract {
  const document: Document = JSON.parse(
    readFileSync(new URL(`../fixtures/openapi/${vendor}.json`, import.meta.url), 'utf8'),
  )
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  ajv.addSchema({ $id: 'document', ...allowNullable(document) })
  const validators = new Map<string, ValidateFunction>()

  const validatorFor = (key: string, schema: Schema): ValidateFunction => {
    const known = validators.get(key)
    if (known) return known
    // GitHub's refusals carry `status`; its document leaves it out for a 422 (github/rest-api-description#4109 shows one).
    const whole = relocate(allowNullable(schema))
    const compiled = ajv.compile(vendor === 'github' && / [45]\d\d$/.test(key) ? whole : closeSchema(whole))
    validators.set(key, compiled)
    return compiled
  }

  const locate = ({ method, path }: Pick<Answer, 'method' | 'path'>) => {
    const [pathname = ''] = path.slice(BASE_PATHS[vendor].length).split('?')
    const template = Object.keys(document.paths)
      .filter((candidate) => templatePattern(candidate).test(pathname))
      .sort((a, b) => a.split('{').length - b.split('{').length)[0]
    const operation = template && document.paths[template]?.[method.toLowerCase()]
    return operation ? { name: `${method.toLowerCase()} ${template}`, operation } : undefined
  }

  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    ),
    operationOf: (request) => locate(request)?.name,
    problems: ({ method, path, status, body }) => {
      const found = locate({ method, path })
      if (!found) return [`${method} ${path} is not in the document`]
      const documented = found.operation.responses[String(status)]
      const isGeneralError = status === 401 || status === 500
      if (documented === undefined && !isGeneralError) return [`${found.name} does not answer ${status}`]
      const schema = documented ?? (status >= 400 ? ERROR_SCHEMAS[vendor] : undefined)
      if (!schema) return isEmpty(body) ? [] : [`${found.name} ${status} has no body`]
      const validate = validatorFor(`${found.name} ${status}`, schema)
      if (validate(body)) return []
      return (validate.errors ?? []).map((error) => `${found.name} ${status} ${error.instancePath} ${error.message}`)
    },
  }
}

/** A top-level object may only hold what the document names: a misspelt field is a fault of the tenant. */
function closeSchema(schema: Schema): Schema {
  if (schema.type === 'array' && isSchema(schema.items)) return { ...schema, items: closeSchema(schema.items) }
  return { allOf: [schema], unevaluatedProperties: false }
}

/** OpenAPI 3.0 says `nullable`, JSON Schema says `null` in the type and in the enum. */
function allowNullable<T>(value: T): T
function allowNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => allowNullable(item))
  if (!isSchema(value)) return value
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, allowNullable(item)]),
  )
  if (nullable !== true || typeof rest.type !== 'string') return byDiscriminator(rest)
  return { ...rest, type: [rest.type, 'null'], ...(Array.isArray(rest.enum) ? { enum: [...rest.enum, null] } : {}) }
}

/** OpenAPI lets a property say which one of several schemas is meant; JSON Schema would take whichever fits, and only one. */
function byDiscriminator({ oneOf, discriminator, ...rest }: Schema): Schema {
  if (oneOf === undefined) return { ...rest, ...(discriminator === undefined ? {} : { discriminator }) }
  if (!isSchema(discriminator) || !isSchema(discriminator.mapping)) return { ...rest, oneOf }
  const name = String(discriminator.propertyName)
  const branches = Object.entries(discriminator.mapping).map(([value, $ref]) => ({
    if: { properties: { [name]: { const: value } } },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word
    then: { $ref },
  }))
  const known = { properties: { [name]: { enum: Object.keys(discriminator.mapping) } }, required: [name] }
  return { allOf: [rest, known, ...branches] }
}

function relocate(schema: Schema): Schema {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/')
  return JSON.parse(text)
}

function templatePattern(template: string): RegExp {
  return new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`)
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Okta answers some lifecycle calls with an empty object where the document shows no content.
function isEmpty(body: unknown): boolean {
  return body === undefined || (isSchema(body) && Object.keys(body).length === 0)
}
