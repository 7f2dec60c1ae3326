import type { StateAlert } from '../../core/hub-event-types.ts'
import type { Json } from '../../core/json.ts'
import { bindByKey } from '../sql/read-by-key.ts'
import type { AnySql, Sql } from '../sql/sql.ts'
import { isOver } from './over-alerts.ts'

/** `known`: the journal has this alert already. `withhold`: enough of its type were told in this hour. */
export type AlertTurn = 'known' | 'tell' | 'withhold'

type TurnQuestion = { type: string; about: string; externalId: string; most: number }

/**
 * Counts an alert for its type and hour, and says whether its channels are told of it. All hubs count in one row, so that
 * together they tell no more than `most`. What was over before and is there again has an external id of its own, so that
 * it is told again.
 */
async function takeAlertTurn(
  sql: Sql,
  { type, about, externalId, most }: TurnQuestion,
): Promise<{ turn: AlertTurn; externalId: string }> {
  // `told` never grows after `most`: what is counted while `withheld` is above zero was withheld itself.
  const [row] = await sql<{ externalId: string; withheld: number | null }[]>`
    with seen as (
      update hub.alert set seen_at = now() where type = ${type} and about = ${about} and over_at is null
    ), known as (
      select case when count(*) = 0 then ${externalId}::text else ${externalId} || ':' || count(*) end as id
      from hub.alert where type = ${type} and about = ${about} and over_at is not null
    ), turn as (
      insert into hub.alert_hour as h (type, hour, told)
      select ${type}, ${thisHour(sql)}, 1 from known
      where not exists (select 1 from hub.event_key where source = 'hub' and external_id = known.id)
      on conflict (type, hour) do update set
        told = h.told + (h.told < ${most})::integer, withheld = h.withheld + (h.told >= ${most})::integer
      returning withheld
    )
    select known.id as "externalId", turn.withheld from known left join turn on true`
  const { withheld = null } = row ?? {}
  const turn = withheld === null ? 'known' : withheld > 0 ? 'withhold' : 'tell'
  return { turn, externalId: row?.externalId ?? externalId }
}

export type WithheldAlerts = { type: string; hour: string; count: number }

/** Lists how many alerts were withheld in hours that are over, where that was not told yet. */
async function listWithheldAlerts(sql: Sql): Promise<WithheldAlerts[]> {
  return sql<WithheldAlerts[]>`
    select type, hour, withheld as count from hub.alert_hour
    where withheld > 0 and summed_at is null and hour < ${thisHour(sql)} order by hour, type`
}

/** Notes that it was told how many were withheld. */
async function markAlertsSummed(sql: Sql, { type, hour }: Pick<WithheldAlerts, 'type' | 'hour'>): Promise<void> {
  await sql`update hub.alert_hour set summed_at = now() where type = ${type} and hour = ${hour}`
}

function thisHour(sql: Sql) {
  return sql`date_trunc('hour', now() at time zone 'utc') at time zone 'utc'`
}

/**
 * Ends an alert whose cause is read nowhere in the journal, where the fact that ends it is read: the statement can be a
 * part of the transaction that writes that fact.
 */
export function endAlert(sql: AnySql, { type, about }: { type: StateAlert; about: string }) {
  return sql`update hub.alert set over_at = now() where type = ${type} and about = ${about} and over_at is null`
}

/**
 * Ends the open alerts whose cause is over by what the journal says. What was raised within the quiet time stays: an
 * alert is raised before the settlement that writes its cause.
 */
async function endOverAlerts(sql: Sql, { quietSeconds }: { quietSeconds: number }): Promise<void> {
  await sql`
    update hub.alert a set over_at = now()
    where a.over_at is null and a.seen_at < now() - make_interval(secs => ${quietSeconds}) and ${isOver(sql)}`
}

/** An alert that is over, and of which that was not told yet. */
export type OverAlert = {
  /** The event that opened it. */
  eventId: string
  type: StateAlert
  about: string
  told: boolean
  openedAt: string
  overAt: string
  lastedSeconds: number
  /** What its event says; null where PostgreSQL could not read it. */
  data: Json
}

async function listOverAlerts(sql: Sql): Promise<OverAlert[]> {
  return sql<OverAlert[]>`
    select a.event_id as "eventId", a.type, a.about, a.told, a.opened_at as "openedAt", a.over_at as "overAt",
      extract(epoch from a.over_at - a.opened_at)::float8 as "lastedSeconds", e.data
    from hub.alert a left join hub.event e on e.id = a.event_id
    where a.over_at is not null and a.resolved_at is null order by a.over_at, a.event_id limit 200`
}

/** An alert whose cause lasts. `told`: false when it was only recorded. */
export type OpenAlert = { event: string; type: StateAlert; about: string; told: boolean; openedAt: string }

/** Lists the alerts that are open, the oldest first. */
async function listOpenAlerts(sql: AnySql): Promise<OpenAlert[]> {
  return sql<OpenAlert[]>`
    select event_id as event, type, about, told, opened_at as "openedAt" from hub.alert
    where over_at is null order by opened_at, event_id limit 1000`
}

/** Notes that it was told that an alert is over. */
async function markAlertResolved(sql: Sql, eventId: string): Promise<void> {
  await sql`update hub.alert set resolved_at = now() where event_id = ${eventId}`
}

/** What is known of alerts, bound to one database. */
export function makeAlertVerbs(sql: Sql) {
  return {
    takeAlertTurn: (question: TurnQuestion) => takeAlertTurn(sql, question),
    listWithheldAlerts: () => listWithheldAlerts(sql),
    markAlertsSummed: (hour: Parameters<typeof markAlertsSummed>[1]) => markAlertsSummed(sql, hour),
    endAlert: async (alert: Parameters<typeof endAlert>[1]) => void (await endAlert(sql, alert)),
    endOverAlerts: (quiet: Parameters<typeof endOverAlerts>[1]) => endOverAlerts(sql, quiet),
    listOverAlerts: () => listOverAlerts(sql),
    listOpenAlerts: bindByKey(sql)(listOpenAlerts),
    markAlertResolved: (eventId: string) => markAlertResolved(sql, eventId),
  }
}

export type AlertVerbs = ReturnType<typeof makeAlertVerbs>
