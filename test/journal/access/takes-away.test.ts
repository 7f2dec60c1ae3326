import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AskedAccess, accessesOf, isTakenBy } from '../../../src/core/access.ts'
import { toStoredForm } from '../../../src/journal/access/stored-json.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()

const application = fc.record({
  id: fc.constantFrom('crm', 'wiki', 'a"b'),
  instanceId: fc.constantFrom(null, '', 'eu', 'us', 'crm'),
  label: fc.constant('CRM'),
})
const values = fc.uniqueArray(fc.constantFrom('', 'billing', 'admin', 'Ä[]"'), { minLength: 1, maxLength: 3 })

const requests = fc.record({ application, values, whole: fc.boolean() }).map(({ application, values, whole }) => {
  const asked: AskedAccess = {
    subject: { email: 'lena@acme.test', givenName: null, familyName: null },
    application,
    permissions: values.map((value) => ({ value, label: value, source: 'OKTA', target: `role:${value}` })),
    accessLengthSeconds: null,
    comment: null,
    taskUrl: null,
    fields: null,
    source: 'lumos',
    authority: 'okta',
    receivedAt: '2026-05-14T12:00:00.000Z',
    until: null,
    whole,
    endsAccess: false,
  }
  return { asked, accesses: accessesOf(asked) }
})

test('SQL and TypeScript agree on whether a revoke takes a grant away, by its request and by its access alone', async () => {
  const cases = fc.array(fc.record({ given: requests, revoke: requests }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(cases, async (pairs) => {
      const rows = await db.sql`
        select coalesce(hub.takes_away(hub.whole_of(r.revoke), r.revoked, hub.instance_of(r.given), r.accesses), false) as whole_grant,
          (select jsonb_agg(coalesce(hub.takes_away(hub.whole_of(r.revoke), r.revoked, access::jsonb ->> 0, array[access]), false) order by place)
            from unnest(r.accesses) with ordinality as a (access, place)) as each_access
        from json_to_recordset(${JSON.stringify(
          pairs.map(({ given, revoke }, place) => ({
            place,
            revoke: toStoredForm(revoke.asked),
            revoked: revoke.accesses,
            given: toStoredForm(given.asked),
            accesses: given.accesses,
          })),
        )}::text::json) as r (place integer, revoke json, revoked text[], given json, accesses text[])
        order by place`
      expect([...rows]).toEqual(
        pairs.map(({ given, revoke }) => ({
          whole_grant: isTakenBy(given, revoke),
          each_access: given.accesses.map((access) => isTakenBy({ ...given, accesses: [access] }, revoke)),
        })),
      )
    }),
    { numRuns: 60 },
  )
})
