import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The org that the recorded hook comes from. */
export const orgUrl = 'https://acme-demo.okta.com'

export type Person = { oktaId: string; email: string }

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
