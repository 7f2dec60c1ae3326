import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeFreshHook } from '../../../src/cli/commands/okta-fixtures.ts'

const now = new Date('2026-06-01T10:00:00.000Z')
const wish = { orgUrl: 'http://127.0.0.1:4000', now, person: undefined }

async function fixture(name: string) {
  return JSON.parse(await readFile(new URL(`../../fixtures/okta/${name}.json`, import.meta.url), 'utf8'))
}

test('a recorded hook becomes one that the configured org sent just now', async () => {
  const recorded = await fixture('two-events')
  const fresh = makeFreshHook(recorded, wish) as typeof recorded
  expect(new URL(fresh.source).origin).toBe('http://127.0.0.1:4000')
  expect(new URL(fresh.source).pathname).toBe(new URL(recorded.source).pathname)
  expect(fresh.eventTime).toBe(now.toISOString())
  const uuids = (body: typeof recorded) => body.data.events.map(({ uuid }: { uuid: string }) => uuid)
  const all = [recorded.eventId, fresh.eventId, ...uuids(recorded), ...uuids(fresh)]
  expect(new Set(all).size).toBe(all.length)
  expect(fresh.data.events[0].eventType).toBe(recorded.data.events[0].eventType)
})

test('only the user among the targets is exchanged for another person', async () => {
  const recorded = await fixture('app-user-added')
  const fresh = makeFreshHook(recorded, { ...wish, person: '00uother' }) as typeof recorded
  type Target = { type: string; id: string }
  const before: Target[] = recorded.data.events[0].target
  const after: Target[] = fresh.data.events[0].target
  expect(after.map(({ id }) => id)).toEqual(before.map(({ type, id }) => (type === 'User' ? '00uother' : id)))
})

test.each(['hollow', 'no-events', 'odd-elements'])('the odd fixture %s is sent as odd as it is', async (name) => {
  const recorded = await fixture(name)
  const fresh = makeFreshHook(recorded, wish) as typeof recorded
  expect(Object.keys(fresh)).toEqual(Object.keys(recorded))
  expect(fresh.data?.events?.length).toBe(recorded.data?.events?.length)
})
