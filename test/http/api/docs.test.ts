import { expect, test } from 'vitest'
import { roles } from '../../../src/core/role.ts'
import { apiProblems } from '../../../src/http/api/problems.ts'
import { readRouteRoles } from '../../../src/http/api/route-roles.ts'
import { setApiStage } from '../../support/api.ts'
import { codeBlocks, firstColumn, readPage } from '../../support/markdown.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)
const { text } = await readPage('docs/api.md')

test('docs/api.md lists every address with its role, and no other', () => {
  const rows = [...text.matchAll(/^\| `(\/api\/v1\/[^`]+)` \| `(\w+)` \|/gm)].map(([, path, role]) => `${path} ${role}`)
  const routes = readRouteRoles(stage.api)
    .list()
    .filter(({ needed }) => needed !== 'public')
  const listed = routes.map(({ path, needed }) => `${path.replace(/:(\w+)/g, '{$1}')} ${needed}`)
  expect(rows.toSorted()).toEqual(listed.toSorted())
})

test('docs/api.md lists every code with its status, and every role', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => `${code} ${status}`)
  expect(rows.toSorted()).toEqual(
    Object.entries(apiProblems)
      .map(([code, { status }]) => `${code} ${status}`)
      .toSorted(),
  )
  expect(firstColumn(text, 'Who may ask')).toEqual([...roles])
})

test('the example of docs/api.md is answered as it says', async () => {
  const [request = ''] = codeBlocks(text, 'http')
  const [answer = ''] = codeBlocks(text, 'json')
  const [, path = ''] = /^GET (\S+)/.exec(request) ?? []
  expect(await stage.ask(path, 'viewer')).toMatchObject({ status: 200, body: JSON.parse(answer) })
})
