import type { DoctorCheck, DoctorContext } from '../../src/index.ts'
import { apiUrl, type KnowBe4Config } from './config.ts'
import type { UserIds } from './read-pages.ts'

/** Looks whether the token is good, at the address that is configured. */
export async function doctor({ config, fetch }: DoctorContext<UserIds, KnowBe4Config>): Promise<DoctorCheck[]> {
  const name = 'knowbe4: token'
  const headers = { authorization: `Bearer ${config.KNOWBE4_TOKEN}`, accept: 'application/json' }
  try {
    const answer = await fetch(`${apiUrl(config)}/v1/account`, { headers })
    await answer.body?.cancel()
    if (answer.ok) return [{ name, status: 'ok', detail: 'KnowBe4 takes the token' }]
    const fix = 'Check KNOWBE4_TOKEN, that it is a Reporting API token and enabled, and KNOWBE4_REGION.'
    return [{ name, status: 'problem', detail: `KnowBe4 answered ${answer.status}`, fix }]
  } catch (thrown) {
    const fix = 'Check KNOWBE4_REGION and KNOWBE4_BASE_URL, and the way out to the internet.'
    return [{ name, status: 'problem', detail: thrown instanceof Error ? thrown.message : 'no answer', fix }]
  }
}
