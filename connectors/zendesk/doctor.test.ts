import { expect, test } from 'vitest'
import { lightRole, staffRole, startZendeskBench, teamLeadRole } from '../../test/connectors/zendesk-bench.ts'

const summary = (checks: { name: string; status: string }[]) => checks.map(({ name, status }) => `${status}: ${name}`)
const roles = [lightRole, staffRole, teamLeadRole]
const grants = (...targets: string[]) => ({
  ZENDESK_GRANTS: JSON.stringify({ zendesk: Object.fromEntries(targets.map((target, at) => [`p${at}`, target])) }),
})

test('the doctor finds the credential and the roles of the allow-list in order', async () => {
  const settings = grants('role:custom:502', 'role:light_agent')
  await using bench = await startZendeskBench({ tenant: { roles }, settings })
  expect(summary(await bench.doctor())).toEqual([
    'ok: Zendesk credential',
    'ok: Zendesk role:custom:502',
    'ok: Zendesk role:light_agent',
  ])
  expect(bench.writes()).toEqual([])
})

test('the doctor finds a wrong token, and does not repeat it', async () => {
  await using bench = await startZendeskBench({ settings: { ZENDESK_API_TOKEN: 'stale-secret-value' } })
  const checks = await bench.doctor()
  expect(summary(checks)).toEqual(['problem: Zendesk credential'])
  expect(JSON.stringify(checks)).not.toContain('stale-secret-value')
})

test('the doctor calls a bad line a warning', async () => {
  await using bench = await startZendeskBench()
  bench.tenant.misbehave({ status: 500 })
  expect(summary(await bench.doctor())).toEqual(['warning: Zendesk credential'])
})

test('the doctor warns when the credential is no administrator’s', async () => {
  await using bench = await startZendeskBench({ tenant: { ownRole: 'agent' } })
  expect(summary(await bench.doctor())).toContain('warning: Zendesk credential')
})

test.each([
  ['is not there', 'role:custom:999', roles],
  ['administers', 'role:custom:503', roles],
  ['the plan does not have', 'role:light_agent', null],
  ['nobody can be left with where roles are custom', 'role:agent', roles],
])('the doctor finds a role that %s', async (_, target, given) => {
  await using bench = await startZendeskBench({ tenant: { roles: given }, settings: grants(target) })
  expect(summary(await bench.doctor())).toEqual(['ok: Zendesk credential', `problem: Zendesk ${target}`])
})

test('the doctor warns of an empty allow-list', async () => {
  await using bench = await startZendeskBench({ settings: { ZENDESK_GRANTS: '{}' } })
  expect(summary(await bench.doctor())).toContain('warning: Zendesk grants')
})
