import { z } from 'zod'
import { matchesAnySecret } from '../../core/crypto.ts'
import type { ParsedEvent } from '../../core/event.ts'
import type { Json } from '../../core/json.ts'
import { headerName, secretList, vendorUrl } from '../../core/settings.ts'
import { fingerprint } from '../fingerprint.ts'
import type { RequestHead } from '../proof.ts'
import type { Challenge, Source } from '../source.ts'
import { type OktaEnvelope, readElement, readEnvelope, suggestDirection } from './hook-body.ts'

const config = z.object({
  OKTA_ORG_URL: vendorUrl().describe('Set it to the address of your Okta org, such as https://acme.okta.com.'),
  OKTA_HOOK_SECRETS: secretList().describe(
    'Set it to the value of the header that Okta sends with its event hooks. During a rotation: the new one, a comma, the old one.',
  ),
  OKTA_HOOK_HEADER: headerName()
    .default('authorization')
    .describe('Set it to the name of the header that carries the secret. Default: authorization.'),
})

type OktaSourceConfig = z.output<typeof config>

/** The type of a hook without events: an Okta administrator can send one with "Deliver Request". */
const hollow = 'okta.hollow'

/** The type of an element that cannot be read. It is journaled, so that a corrected parser can replay it. */
const unparseable = 'unparseable'

/** The type of the event that stands for people or elements of a hook for which no event was made. */
const leftOutType = 'okta.left_out'

/**
 * So many events are made of one hook. Okta's events name one or two people. A hook of 1 MiB can name 28,000, or have
 * 200,000 elements, whose rows would not be committed before it must be answered: nothing of it would be recorded.
 */
const most = { peopleOfElement: 1_000, peopleOfHook: 5_000, elements: 10_000 }

const longestChallenge = 1024

/** Okta's event hooks (Okta docs: event hooks): a static secret in a header, several events in one body. */
export const okta: Source<OktaSourceConfig> = {
  kind: 'okta',
  config,
  challenge,
  authenticate,
  secretHeader: ({ OKTA_HOOK_HEADER }) => ({ name: OKTA_HOOK_HEADER.toLowerCase(), setting: 'OKTA_HOOK_HEADER' }),
  parse,
}

function challenge(head: RequestHead): Challenge | null {
  const verification = head.header('x-okta-verification-challenge')
  if (verification === undefined) return null
  if (verification === '' || verification.length > longestChallenge) {
    return { status: 400, body: { error: `The challenge must have 1 to ${longestChallenge} characters.` } }
  }
  return { status: 200, body: { verification } }
}

// Okta sends the configured value verbatim, scheme word included (Okta docs: event hooks), so it is compared whole.
function authenticate({ head, config }: { head: RequestHead; config: OktaSourceConfig }): boolean {
  const given = head.header(config.OKTA_HOOK_HEADER.toLowerCase())
  return given !== undefined && matchesAnySecret(given, config.OKTA_HOOK_SECRETS)
}

type Question = { body: unknown; config: OktaSourceConfig; receivedAt: string }

/**
 * Every body becomes at least one event, so that every hook with the right secret is journaled.
 * An element is left out only if its content equals an earlier one's; the same uuid with other content is kept.
 */
function parse({ body, config, receivedAt }: Question): ParsedEvent[] {
  const envelope = readEnvelope(body, { orgUrl: config.OKTA_ORG_URL })
  if (envelope.elements.length === 0) return [makeHollowEvent(body, { envelope, receivedAt })]

  const events = new Map<string, ParsedEvent>()
  const contentOf = makeContentReader()
  const room = { people: most.peopleOfHook }
  for (const [index, element] of envelope.elements.slice(0, most.elements).entries()) {
    for (const event of makeEvents(element, { index, envelope, receivedAt, contentOf, room })) {
      addEvent(events, { event, contentOf })
    }
  }
  const rest = envelope.elements.slice(most.elements)
  if (rest.length === 0) return [...events.values()]
  const named = makeHollowEvent(rest, { envelope, receivedAt })
  const leftOut = { ...named, externalId: `${named.externalId}#rest`, type: leftOutType, leftOut: rest.length }
  return [...events.values(), leftOut]
}

type ContentReader = (element: unknown) => string

/** Fingerprints each element once, and only when it is asked for: 8,000 elements may have the uuid of one large one. */
function makeContentReader(): ContentReader {
  const known = new Map<unknown, string>()
  return (element) => {
    const content = known.get(element) ?? fingerprint(element)
    known.set(element, content)
    return content
  }
}

function addEvent(
  events: Map<string, ParsedEvent>,
  { event, contentOf }: { event: ParsedEvent; contentOf: ContentReader },
): void {
  const earlier = events.get(event.externalId)
  if (earlier === undefined) {
    events.set(event.externalId, event)
    return
  }
  const content = contentOf(event.data)
  if (content === contentOf(earlier.data)) return
  const externalId = `${event.externalId}#${content}`
  events.set(externalId, { ...event, externalId })
}

type ElementContext = {
  index: number
  envelope: OktaEnvelope
  receivedAt: string
  contentOf: ContentReader
  /** For how many people of the hook events may still be made. */
  room: { people: number }
}

/**
 * One event, or one for each person when an element names several. They all have the element itself as their data, and
 * not copies of it. Beyond the bounds one event of the element says how many people were left out.
 */
function makeEvents(element: unknown, { index, envelope, receivedAt, contentOf, room }: ElementContext): ParsedEvent[] {
  const { uuid, type, time, people } = readElement(element)
  const { requestId, trusted } = envelope
  const externalId = uuid ?? (requestId === null ? `content:${contentOf(element)}` : `${requestId}#${index}`)
  const event: ParsedEvent = {
    externalId,
    requestId,
    type: type ?? unparseable,
    time: time ?? receivedAt,
    authorityId: null,
    hint: type === null ? 'neutral' : suggestDirection(type),
    trusted,
    data: element as Json,
  }
  if (type === null || people.length === 0) return [event]
  const taken = people.slice(0, Math.min(most.peopleOfElement, room.people))
  room.people -= taken.length
  const events: ParsedEvent[] = taken.map((authorityId, i) => ({
    ...event,
    authorityId,
    externalId: i === 0 ? externalId : `${externalId}#${authorityId}`,
  }))
  const leftOut = people.length - taken.length
  if (leftOut === 0) return events
  const crowd: ParsedEvent = { ...event, externalId: `${externalId}#crowd`, type: leftOutType, hint: 'neutral' }
  return [...events, { ...crowd, leftOut }]
}

function makeHollowEvent(
  body: unknown,
  { envelope, receivedAt }: Pick<ElementContext, 'envelope' | 'receivedAt'>,
): ParsedEvent {
  return {
    externalId: envelope.requestId ?? `content:${fingerprint(body)}`,
    requestId: envelope.requestId,
    type: hollow,
    time: receivedAt,
    authorityId: null,
    hint: 'neutral',
    trusted: envelope.trusted,
    data: body as Json,
  }
}
