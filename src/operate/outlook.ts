import type { ConnectorState, DeliveryRow, Journal, WaitingRow } from '../journal/index.ts'
import { listPaused } from './stuck.ts'

/** What decides whether due work is done soon: paused connectors, and whether a hub runs at all. */
export type Outlook = {
  paused: ConnectorState[]
  /** `seenAt`: when a hub last noted that it is alive; null: none ever did. */
  hub: { runs: boolean; seenAt: string | null }
}

/** What a delivery that is due waits for all the same, and since when, as far as that is known. */
export type Wait = {
  for: 'connector' | 'authority' | 'hub'
  id: string | null
  why: string
  since: string | null
  fix: string
}

/** A running hub notes every 5 seconds that it is alive. */
const silentMs = 30_000

/** Reads what keeps due work from being done now. Times are the database's own. */
export async function readOutlook(journal: Pick<Journal, 'queue' | 'records'>): Promise<Outlook> {
  const [paused, sources] = [await listPaused(journal), await journal.records.readAllSources()]
  const alive = sources.flatMap(({ aliveAt }) => aliveAt ?? []).sort()
  const seenAt = alive.at(-1) ?? null
  const now = sources[0]?.now
  const runs = seenAt !== null && now !== undefined && Date.parse(now) - Date.parse(seenAt) < silentMs
  return { paused, hub: { runs, seenAt } }
}

/** Finds what keeps a due delivery from being carried out; null: a running hub takes it at once. */
export function findWait(
  { connector, kind, authority }: Pick<DeliveryRow, 'connector' | 'kind' | 'authority'>,
  { paused, hub }: Outlook,
): Wait | null {
  if (!hub.runs) {
    return { for: 'hub', id: null, why: 'no hub runs', since: hub.seenAt, fix: 'Start the hub with npm start.' }
  }
  const asks = kind === 'sync' || kind === 'on' ? authority : null
  const stop = paused.find(({ id }) => id === connector) ?? paused.find(({ id }) => id === asks)
  if (!stop) return null
  const why = `${stop.id} is paused (${stop.reason ?? 'no reason noted'})`
  const fix = `Mend its credential; it goes on by itself within a minute, or at once with "npm run hub -- resume ${stop.id}".`
  return { for: stop.id === connector ? 'connector' : 'authority', id: stop.id, why, since: stop.pausedSince, fix }
}

export type WaitingGroup = {
  connector: string
  count: number
  /** What it waits for: a mend, the hub's next try, its planned time; null: it is being taken. */
  waitsFor: Wait['for'] | 'next_try' | 'planned_time' | null
  why: string
  since: string | null
  fix: string | null
  nextAttemptAt: string | null
}

/** Says of everything that is open what waits for what, the larger groups first. */
export async function explainWaiting(journal: Pick<Journal, 'queue' | 'records'>): Promise<WaitingGroup[]> {
  const [outlook, rows] = [await readOutlook(journal), await journal.records.countWaiting()]
  const groups = new Map<string, WaitingGroup>()
  for (const row of rows) {
    const group = toGroup(row, outlook)
    const key = JSON.stringify([group.connector, group.waitsFor, group.why])
    const known = groups.get(key)
    groups.set(key, known ? mergeGroups(known, group) : group)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

function toGroup(
  { connector, kind, authority, state, count, nextAttemptAt }: WaitingRow,
  outlook: Outlook,
): WaitingGroup {
  const facts = { connector, count, nextAttemptAt, since: null }
  if (state === 'planned') return { ...facts, waitsFor: 'planned_time', why: 'its time has not come', fix: null }
  const wait = findWait({ connector, kind, authority }, outlook)
  if (wait) return { ...facts, waitsFor: wait.for, why: wait.why, since: wait.since, fix: wait.fix }
  if (state === 'due') return { ...facts, waitsFor: null, why: 'the running hub takes it', fix: null }
  const fix = 'See why the last try failed: npm run hub -- deliveries --status pending'
  return { ...facts, waitsFor: 'next_try', why: 'it failed before, and the hub tries again by itself', fix }
}

function mergeGroups(one: WaitingGroup, other: WaitingGroup): WaitingGroup {
  const times = [one, other].flatMap(({ nextAttemptAt }) => nextAttemptAt ?? []).sort()
  return { ...one, count: one.count + other.count, nextAttemptAt: times[0] ?? null }
}
