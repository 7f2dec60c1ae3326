import type { Sql } from '../sql/sql.ts'

/** `known`: the journal has this alert already. `withhold`: enough of its type were told in this hour. */
export type AlertTurn = 'known' | 'tell' | 'withhold'

/**
 * Counts an alert for its type and hour, and says whether its channels are told of it. All hubs count in one row, so that
 * together they tell no more than `most`.
 */
export async function takeAlertTurn(
  sql: Sql,
  { type, externalId, most }: { type: string; externalId: string; most: number },
): Promise<AlertTurn> {
  // `told` never grows after `most`: what is counted while `withheld` is above zero was withheld itself.
  const [row] = await sql<{ withheld: number }[]>`
    insert into hub.alert_hour as h (type, hour, told)
    select ${type}, ${thisHour(sql)}, 1
    where not exists (select 1 from hub.event_key where source = 'hub' and external_id = ${externalId})
    on conflict (type, hour) do update set
      told = h.told + (h.told < ${most})::integer, withheld = h.withheld + (h.told >= ${most})::integer
    returning withheld`
  if (!row) return 'known'
  return row.withheld > 0 ? 'withhold' : 'tell'
}

export type WithheldAlerts = { type: string; hour: string; count: number }

/** Lists how many alerts were withheld in hours that are over, where that was not told yet. */
export async function listWithheldAlerts(sql: Sql): Promise<WithheldAlerts[]> {
  return sql<WithheldAlerts[]>`
    select type, hour, withheld as count from hub.alert_hour
    where withheld > 0 and summed_at is null and hour < ${thisHour(sql)} order by hour, type`
}

/** Notes that it was told how many were withheld. */
export async function markAlertsSummed(sql: Sql, { type, hour }: Pick<WithheldAlerts, 'type' | 'hour'>): Promise<void> {
  await sql`update hub.alert_hour set summed_at = now() where type = ${type} and hour = ${hour}`
}

function thisHour(sql: Sql) {
  return sql`date_trunc('hour', now() at time zone 'utc') at time zone 'utc'`
}
