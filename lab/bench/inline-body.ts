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
