import { errorMessage, UsageError } from '../../../src/index.ts'
import { connectOkta, type OktaAnswer, type OktaClient } from '../org/client.ts'
import { toHubError } from '../org/errors.ts'
import { assertHubAnswers } from './ask-hub.ts'
import { compareHook, type DesiredHook, type EventHook, eventHook, hashSecret, makeHookBody } from './desired-hook.ts'

export type InstallHookQuestion = {
  orgUrl: string
  /** An API token of an administrator who may manage event hooks. It is not stored. */
  adminToken: string
  /** The hub's address for this source, as Okta reaches it: `https://…/hooks/okta`. */
  uri: string
  /** The header that carries the secret. */
  header: string
  secret: string
  eventTypes: readonly string[]
  /** Look only, change nothing. */
  check?: boolean
  /** True: the hub is not asked first, because it cannot be reached from here. */
  notFromHere?: boolean
  fetch: typeof fetch
  say(line: string): void
}

/** `differences`: how the hook differed before, in words. */
type InstalledHook = { id: string | null; differences: string[] }

const hooksPath = '/api/v1/eventHooks'
const mostEventTypes = 300

/**
 * Creates the event hook, or updates the one with our address, and has Okta verify it. It finds the hook by its address
 * alone, so that two hubs of one org do not change each other's hooks. A hook without differences is not written,
 * because Okta sends nothing to a changed hook until it is verified again.
 */
export async function installHook(question: InstallHookQuestion): Promise<InstalledHook> {
  const { orgUrl, adminToken, uri, header, secret, check = false, fetch, say } = question
  const client = await connectOkta({
    orgUrl,
    credential: { OKTA_API_TOKEN: adminToken },
    scopes: [],
    fetch,
    retry: (read) => read(),
  })
  const desired = { uri, header, secret, eventTypes: question.eventTypes, mark: await hashSecret({ uri, secret }) }
  const before = await findHook(client, uri)
  const found = before ? compareHook(before, desired) : []
  const words = before
    ? found.map(({ what }) => `The hook ${what}.`)
    : [`No event hook in Okta has the address ${uri}.`]
  for (const line of words) say(line)
  if (before?.events.filter) say('The hook has a filter. It is left as it is: see that it lets the events through.')
  if (check || words.length === 0) return { id: before?.id ?? null, differences: words }

  if (!question.notFromHere) await assertHubAnswers({ desired, fetch })
  const isToBeWritten = !before || found.some(({ mend }) => mend === 'replace')
  const hook = isToBeWritten ? await writeHook(client, { desired, before, say }) : before
  try {
    if (hook.status !== 'ACTIVE') {
      await postTo(client, { path: `${hooksPath}/${hook.id}/lifecycle/activate`, what: 'activating the event hook' })
      say('Activated.')
    }
    await verifyHook(client, { hook, uri })
  } catch (thrown) {
    throw before ? thrown : await removeAgain(client, { hook, thrown })
  }
  say('Verified: Okta reached the hub. It may take Okta some minutes until the first event comes.')
  return { id: hook.id, differences: words }
}

/** A hook that was created and is not verified sends nothing, and would be in the way of the next one with its name. */
async function removeAgain(client: OktaClient, { hook, thrown }: { hook: EventHook; thrown: unknown }): Promise<Error> {
  const { what, why, fix } =
    thrown instanceof UsageError
      ? { what: errorMessage(thrown), why: thrown.why, fix: thrown.fix }
      : { what: errorMessage(thrown), why: 'Okta sends no events before a hook is verified.', fix: 'Run this again.' }
  const path = `${hooksPath}/${hook.id}`
  try {
    // Okta deletes a hook only when it is inactive.
    await postTo(client, { path: `${path}/lifecycle/deactivate`, what: 'deactivating the event hook' })
    bodyOf(await client.send({ method: 'DELETE', path }), 'deleting the event hook')
    return new UsageError({ what, why: `${why} The hook that was just created was removed again.`, fix })
  } catch (refusal) {
    const byHand = `In the Admin Console under Workflow > Event Hooks, deactivate and delete "${hook.name}" (${hook.id}).`
    const left = `The hook that was just created is still there and could not be removed: ${errorMessage(refusal)}.`
    return new UsageError({ what, why: `${why} ${left}`, fix: `${byHand} ${fix}` })
  }
}

async function findHook(client: OktaClient, uri: string): Promise<EventHook | undefined> {
  const answer = await client.get({ path: hooksPath, query: { limit: '200' } })
  const body = bodyOf(answer, 'listing the event hooks')
  const ours = (Array.isArray(body) ? body : [])
    .map((hook) => eventHook.safeParse(hook))
    .flatMap((hook) => (hook.success && hook.data.channel.config.uri === uri ? [hook.data] : []))
  return ours.find(({ verificationStatus }) => verificationStatus === 'VERIFIED') ?? ours[0]
}

type Write = { desired: DesiredHook; before: EventHook | undefined; say(line: string): void }

async function writeHook(client: OktaClient, { desired, before, say }: Write): Promise<EventHook> {
  const body = makeHookBody(desired, before)
  if (body.events.items.length > mostEventTypes) {
    throw new UsageError({
      what: `The hook would have ${body.events.items.length} event types`,
      why: `Okta takes at most ${mostEventTypes}, and none of the hook's own is taken away.`,
      fix: "Take event types that nobody needs out of the hook in Okta's Admin Console, then run this again.",
    })
  }
  const answer = before
    ? await client.send({ method: 'PUT', path: `${hooksPath}/${before.id}`, body })
    : await client.send({ method: 'POST', path: hooksPath, body })
  const hook = eventHook.parse(bodyOf(answer, before ? 'changing the event hook' : 'creating the event hook'))
  say(before ? 'Changed the event hook.' : 'Created the event hook.')
  return hook
}

async function verifyHook(client: OktaClient, { hook, uri }: { hook: EventHook; uri: string }): Promise<void> {
  const answer = await client.send({ method: 'POST', path: `${hooksPath}/${hook.id}/lifecycle/verify` })
  if (answer.ok) return
  if (answer.status !== 400) throw toHubError(answer, 'verifying the event hook')
  throw new UsageError({
    what: `Okta could not verify the event hook ${hook.id}: ${answer.summary || 'no reason given'}.`,
    why: 'Okta asks the address once whether it is ours, waits 3 seconds, and sends no events before that.',
    fix: `See that the hub runs and that ${uri} can be reached from the internet over https, then run this again.`,
  })
}

async function postTo(client: OktaClient, { path, what }: { path: string; what: string }): Promise<void> {
  bodyOf(await client.send({ method: 'POST', path }), what)
}

function bodyOf(answer: OktaAnswer, what: string): unknown {
  if (answer.ok) return answer.body
  throw toHubError(answer, what)
}
