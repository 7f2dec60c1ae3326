import { expect, test } from 'vitest'
import { apiProblems } from '../../../src/http/api/problems.ts'
import { serveApi } from '../../../src/http/api/serve-api.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { listOperations, makeApiNeeds, readDocument } from '../../support/api.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const api = serveApi(makeApiNeeds(makeJournal(sql)))
const operations = listOperations(await readDocument(api))
const answer = await api.request('/api')
const page = await answer.text()

const matches = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, found = '']) => found)

test('the reference page shows every route with its role, every problem code and every schema, to everybody', async () => {
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
  const shown = matches(/<h3 id="[^"]+"><code>(\S+ \S+)<\/code><\/h3>/g)
  expect(shown.toSorted()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).toSorted())
  expect(matches(/Role: <strong>(\w+)<\/strong>/g).toSorted()).toEqual(operations.map(({ role }) => role).toSorted())
  for (const code of Object.keys(apiProblems)) expect(page).toContain(`<code>${code}</code>`)
  for (const { parameters } of operations)
    for (const { name } of parameters) expect(page).toContain(`<code>${name}</code>`)
})

test('the page runs no script, takes nothing from elsewhere, and stands in no frame', async () => {
  const policy = answer.headers.get('content-security-policy') ?? ''
  const [nonce = ''] = matches(/<style nonce="([^"]+)">/g)
  expect(policy).toContain(`style-src 'nonce-${nonce}'`)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(nonce).not.toBe('')
  expect(page).toContain('prefers-color-scheme: dark')
  expect(page).not.toMatch(/<script|<link| style=|\son\w+=|https?:\/\//)
  expect(await (await api.request('/api')).text()).not.toContain(nonce)
})

test('the page has one heading of the first level, no level left out, landmarks, and tables that can be read aloud', () => {
  const levels = matches(/<h(\d)/g).map(Number)
  expect(levels.filter((level) => level === 1)).toEqual([1])
  expect(levels.filter((level, i) => level - (levels[i - 1] ?? 0) > 1)).toEqual([])
  for (const landmark of ['<html lang="en">', '<header>', '<nav aria-label=', '<main>'])
    expect(page).toContain(landmark)
  expect(matches(/<th(?! scope="(?:col|row)")(?=[ >])([^>]*)>/g)).toEqual([])
  expect(new Set(matches(/<table>\s*(\S{0,9})/g))).toEqual(new Set(['<caption>']))
})

test('every link within the page leads somewhere, and every id is there once', () => {
  const ids = matches(/ id="([^"]+)"/g)
  expect(new Set(ids).size).toBe(ids.length)
  expect(matches(/href="#([^"]+)"/g).filter((target) => !ids.includes(target))).toEqual([])
})
