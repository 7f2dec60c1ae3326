import { z } from 'zod'
import type { PersonState, ReadContext } from '../../../src/index.ts'
import type { OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { type Membership, readMemberships } from './read-memberships.ts'

const loss = z.object({ since: z.string(), confirmed: z.boolean() })
const memory = z.object({ had: z.array(z.string()), lost: z.record(z.string(), loss) })

/** What was read of the person's memberships so far: journaled with the person's state. */
type Memory = z.output<typeof memory>

/** A membership counts as lost when it is read as lost twice, so long apart: changes at Okta take effect by and by. */
const confirmSeconds = 600

type Context = Pick<ReadContext<OktaClient, OktaConfig>, 'client' | 'config' | 'signal'> & {
  authorityId: string
  known?: PersonState | null
}

/**
 * Whether somebody whom the status lets in has left all the same, because an application or group that the settings name
 * was lost. Only what was journaled as held before can be lost. What cannot be seen decides nothing: nobody is denied
 * for it, and the person is held and alerted. A loss that counts stays one until the membership is read as held.
 */
export async function judgeLeaving(state: PersonState, context: Context): Promise<PersonState> {
  const { config, known } = context
  if (config.OKTA_LEAVE_APPS.length + config.OKTA_LEAVE_GROUPS.length === 0) return state
  // Somebody who is out by the status is not asked about; what was known of them stays.
  if (state.access === 'deny') return known?.memory ? { ...state, memory: known.memory } : state
  const before = memory.safeParse(known?.memory).data ?? { had: [], lost: {} }
  const seen = await readMemberships(context)
  const now = remember(seen, before, state.readAt)
  return { ...decide(state, { seen, now, when: config.OKTA_LEAVE_WHEN }), memory: now }
}

function remember(seen: readonly Membership[], before: Memory, readAt: string): Memory {
  const had = seen.filter((one) => one.seen === 'held' || before.had.includes(one.id)).map(({ id }) => id)
  const lost: Memory['lost'] = {}
  for (const one of seen) {
    const earlier = before.lost[one.id]
    if (!had.includes(one.id) || one.seen === 'held') continue
    if (one.seen === 'lost') {
      const since = earlier?.since ?? readAt
      const isOld = Date.parse(readAt) - Date.parse(since) >= confirmSeconds * 1000
      lost[one.id] = { since, confirmed: earlier?.confirmed === true || isOld }
    } else if (earlier?.confirmed) lost[one.id] = earlier
  }
  return { had, lost }
}

type Read = { seen: readonly Membership[]; now: Memory; when: OktaConfig['OKTA_LEAVE_WHEN'] }

function decide(state: PersonState, { seen, now, when }: Read): PersonState {
  const { had, lost } = now
  const gone = had.filter((id) => lost[id]?.confirmed)
  if (gone.length > 0 && (when === 'any' || gone.length === had.length)) {
    const since = gone.map((id) => lost[id]?.since ?? '').sort()
    return { ...state, status: 'left', access: 'deny', statusChangedAt: since.at(-1) ?? state.statusChangedAt }
  }
  const isIn = when === 'all' && seen.some((one) => one.seen === 'held')
  const [doubt] = seen.filter((one) => one.seen === 'unclear' && had.includes(one.id))
  if (doubt?.seen === 'unclear' && !isIn) {
    return { ...state, access: 'unknown', doubt: `Whether the person has left cannot be told: ${doubt.why}.` }
  }
  const waits = Object.values(lost).filter(({ confirmed }) => !confirmed)
  if (waits.length === 0 || isIn) return state
  const passed = Math.max(...waits.map(({ since }) => (Date.parse(state.readAt) - Date.parse(since)) / 1000))
  return { ...state, readAgainSeconds: Math.max(confirmSeconds - passed, 1) }
}
