import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The org that the recorded hook comes from. */
export const orgUrl = 'https://acme-demo.okta.com'

type Person = { oktaId: string; email: string }

/** One person of many, with a number that shows up in every vendor call about them. */
export function personNumber(number: number): Person {
  const name = `bench${String(number).padStart(8, '0')}`
  return { oktaId: `00u${name}`, email: `${name}@acme-demo.test` }
}

const recorded = JSON.stringify(
  JSON.parse(readFileSync(new URL('../../test/fixtures/okta/user-deactivated.json', import.meta.url), 'utf8')),
)
const parts = recorded.split(
  /(0e6f3b52-5b0a-4d7e-9a1e-6f0f6d0f7a11|2a7d6c4e-4f6d-11f1-9f1b-5d2c8a9b0c11|00uexampleUSERx95d7|lena\.park@acme-demo\.test|2026-05-14T08:30:01\.982Z|https:\/\/acme-demo\.okta\.com)/,
)

/** The recorded deactivation hook, with fresh ids and another person: pieces are joined, nothing is parsed or encoded. */
export function hookBody({ oktaId, email }: Person, from: { url: string; published: string }): string {
  const replaced: Record<string, string> = {
    '0e6f3b52-5b0a-4d7e-9a1e-6f0f6d0f7a11': randomUUID(),
    '2a7d6c4e-4f6d-11f1-9f1b-5d2c8a9b0c11': randomUUID(),
    '00uexampleUSERx95d7': oktaId,
    'lena.park@acme-demo.test': email,
    '2026-05-14T08:30:01.982Z': from.published,
    [orgUrl]: from.url,
  }
  return parts.map((part, i) => (i % 2 === 0 ? part : replaced[part])).join('')
}

type Wave = { type: string; people: readonly Person[]; url: string }

/** One hook about many people. */
export function waveBody({ type, people, url }: Wave): string {
  const published = new Date().toISOString()
  const events = people.map(({ oktaId, email }) => ({
    uuid: randomUUID(),
    published,
    eventType: type,
    target: [{ id: oktaId, type: 'User', alternateId: email }],
  }))
  return JSON.stringify({
    eventType: 'com.okta.event_hook',
    source: `${url}/api/v1/eventHooks/whobench`,
    eventId: randomUUID(),
    data: { events },
  })
}

/** The route of the question that the bench asks. */
export const inlinePath = '/hooks/lumos/target/validate'

/** A question as a request platform sends it, about 1 KB, for a person with a number. */
export function inlineBody(email: string): string {
  return JSON.stringify({
    application: {
      app_id: 'orbit-admin',
      instance_id: '0oa9k2example4Zq5d7',
      user_friendly_label: 'Orbit Admin Console',
    },
    permissions: [
      { label: 'Billing operator', value: 'billing:operate', type: 'PERMISSION', source: 'MANUAL' },
      { label: 'EU tenants', value: '00gexampleEUtenants5d7', type: 'PERMISSION', source: 'OKTA' },
    ],
    target_user: { email, given_name: 'Mina', family_name: 'Okafor' },
    access_length: 28791,
    request_comment: 'Quarter-end reconciliation. '.repeat(15),
    request_task_url: 'https://app.lumosidentity.com/tasks?requestId=7700123',
    custom_fields: null,
  })
}
