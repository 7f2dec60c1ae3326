import { expect, test } from 'vitest'
import { foldEmail } from '../../../src/core/email.ts'
import { findLastSeen } from '../../../src/journal/access/grants.ts'
import { findPeople } from '../../../src/journal/records/people.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

test.each(['Kim.DOE@Acme.Example', '\u212Aim@acme.example', 'ÄÖ@Acme.example', '\u0130Ii@x.example'])(
  'SQL folds %s as the hub does (attack 8)',
  async (email) => {
    const [row] = await sql<{ folded: string }[]>`select hub.fold_email(${email}) as folded`
    expect(row?.folded).toBe(foldEmail(email))
  },
)

test('a person is found under their e-mail in any letter case, and not under one that only looks alike (attack 8)', async () => {
  await sql`insert into hub.person (id, source, authority_id) values ('per_kim', 'okta', '00ukim')`
  await sql`insert into hub.sighting (person, kind, connector, value) values ('per_kim', 'email', '', 'Kim@acme.example')`
  const found = async (email: string) => (await findPeople(sql, email)).map(({ id }) => id)
  expect(await found('kIM@ACME.example')).toEqual(['per_kim'])
  expect(await found('\u212Aim@acme.example')).toEqual([])
  expect(await findLastSeen(sql, { authority: 'okta', email: 'KIM@acme.example' })).toMatchObject({ id: 'per_kim' })
  expect(await findLastSeen(sql, { authority: 'okta', email: '\u212Aim@acme.example' })).toBeNull()
})

test('the look at an e-mail goes by its index (attack 8)', async () => {
  const plan = await sql.begin(async (tx) => {
    await tx`set local enable_seqscan = off`
    return tx`explain select person from hub.sighting where hub.fold_email(value) = hub.fold_email('Kim@acme.example')`
  })
  expect(JSON.stringify(plan)).toContain('sighting_seen_as')
})
