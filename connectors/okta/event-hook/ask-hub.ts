import { errorMessage, isRecord, UsageError } from '../../../src/index.ts'
import type { DesiredHook } from './desired-hook.ts'

type Question = {
  desired: Pick<DesiredHook, 'uri' | 'header' | 'secret'>
  fetch: typeof globalThis.fetch
}

const patienceMs = 5_000
const unchanged = 'so nothing was changed in Okta'

/**
 * Asks the hub what Okta will ask it, before anything is written in Okta: whether it answers at its address, whether it is
 * this hub (the challenge), and whether it takes the secret.
 * @throws UsageError when Okta's verification, or its events, would be refused
 */
export async function assertHubAnswers(question: Question): Promise<void> {
  await assertEchoes(question)
  await assertTakesSecret(question)
}

async function assertEchoes({ desired: { uri }, fetch }: Question): Promise<void> {
  const challenge = crypto.randomUUID()
  const answer = await ask(fetch, uri, { headers: { 'x-okta-verification-challenge': challenge } })
  const body: unknown = await answer.json().catch(() => null)
  if (answer.ok && isRecord(body) && body.verification === challenge) return
  const isUnknown = answer.status === 404
  throw new UsageError({
    what: `${uri} does not answer as this hub would, ${unchanged}.`,
    why: isUnknown
      ? 'It answered 404: what answers there has no such source.'
      : `It answered ${answer.status}, without the challenge that it was sent, and Okta would not verify it.`,
    fix: isUnknown
      ? 'See that the hub was started with OKTA_HOOK_SECRETS, that HUB_PUBLIC_URL leads to it, and that --source is right.'
      : 'See that the address leads to the hub, and that a proxy or a login page before it lets GET and POST to /hooks through.',
  })
}

/** The hub checks the secret before it reads the body, so that a request without a body is not recorded. */
async function assertTakesSecret({ desired: { uri, header, secret }, fetch }: Question): Promise<void> {
  const { status } = await ask(fetch, uri, { method: 'POST', headers: { [header]: secret } })
  if (status !== 401) return
  throw new UsageError({
    what: `The hub does not take this secret yet, ${unchanged}.`,
    why: "Between Okta's change and the hub's, every event would be refused, and Okta does not send it again.",
    fix: `Start the hub with OKTA_HOOK_SECRETS=<new>,<old>, then run this again; drop the old one a day later. OKTA_HOOK_HEADER must be the same for both: it is ${header} here.`,
  })
}

async function ask(fetch: typeof globalThis.fetch, uri: string, request: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(patienceMs)
  return fetch(uri, { ...request, redirect: 'manual', signal }).catch((thrown) => {
    throw new UsageError({
      what: `${uri} does not answer, ${unchanged}.`,
      why: `Okta would not verify it: ${errorMessage(thrown)}`,
      fix: 'Start the hub, and see that the address leads to it. If Okta reaches it and this machine does not, run this again with --not-from-here.',
    })
  })
}
