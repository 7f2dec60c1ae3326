import { adviseOnStatus, type DoctorCheck, type DoctorContext, errorMessage } from '../../src/index.ts'
import { type KnowBe4Config, makeApiUrl, makeHeaders } from './config.ts'
import type { UserIds } from './user-ids.ts'

/** Checks that KnowBe4 accepts the token at the configured address. */
export async function doctor({ config, fetch }: DoctorContext<UserIds, KnowBe4Config>): Promise<DoctorCheck[]> {
  const name = 'knowbe4: token'
  try {
    const answer = await fetch(`${makeApiUrl(config)}/v1/account`, { headers: makeHeaders(config) })
    await answer.body?.cancel()
    if (answer.ok) return [{ name, status: 'ok', detail: 'KnowBe4 takes the token' }]
    const refused = 'Check KNOWBE4_TOKEN, that it is a Reporting API token and enabled, and KNOWBE4_REGION.'
    const fix = adviseOnStatus(answer.status, { vendor: 'KnowBe4', refused })
    return [{ name, status: 'problem', detail: `KnowBe4 answered ${answer.status}`, fix }]
  } catch (thrown) {
    const fix = 'Check KNOWBE4_REGION and KNOWBE4_BASE_URL, and the way out to the internet.'
    return [{ name, status: 'problem', detail: errorMessage(thrown), fix }]
  }
}
