import type { PendingQuery, Row } from 'postgres'
import type { Access } from '../../core/person.ts'
import type { Look } from '../../core/verification.ts'
import type { AnySql } from '../sql/sql.ts'

/** What a run saw of a person's targets at its connector. */
export type Verified = {
  /** What the authority said of the person in this run. */
  access: Access
  /** What it looked at. */
  looks: readonly Look[]
  /** All that it looked at is as it should be. */
  seen: boolean
  /** Targets that others had opened, and that it locked out anew. */
  reversed: readonly string[]
  /** Grants whose invitation was taken up. */
  takenUp: readonly string[]
}

type Settled = {
  person: { id: string } | null
  connector: string
  verified?: Verified | null
}

/**
 * Written with a settlement, after the person's state: who is denied is looked at again at the pace of
 * `hub.next_look`, and who is allowed is not looked at any more.
 */
export function writeVerified(tx: AnySql, { person, connector, verified }: Settled) {
  if (!person || !verified) return []
  const { access, looks, seen, reversed, takenUp } = verified
  const place = tx`person = ${person.id} and connector = ${connector}`
  const grants = looks.includes('grants') ? writeGrantsLook(tx, { place, takenUp }) : []
  if (looks.every((look) => look === 'grants')) return grants
  if (access === 'allow') {
    return [
      ...grants,
      tx`update hub.verification set ids_at = null, search_at = null, asked_at = null, seen_at = null where ${place}`,
    ]
  }
  const next = (look: Look) => tx`case when ${looks.includes(look)} then now() + hub.next_look(${look}, p.since) end`
  const later = (look: Look) => (looks.includes(look) ? tx`${tx(`excluded.${look}_at`)}` : tx`${tx(`v.${look}_at`)}`)
  return [
    ...grants,
    tx`
      insert into hub.verification as v (person, connector, ids_at, search_at, seen_at)
      select ${person.id}, ${connector}, ${next('ids')}, ${next('search')}, case when ${seen} then now() end
      from (select hub.left_at(state, denied_at) as since from hub.person
        where id = ${person.id} and denied_at is not null) p
      on conflict (person, connector) do update set asked_at = null,
        ids_at = ${later('ids')}, search_at = ${later('search')}, seen_at = coalesce(excluded.seen_at, v.seen_at)`,
    ...(reversed.length > 0
      ? [
          tx`insert into hub.reversal (person, connector, target)
            select ${person.id}, ${connector}, target from unnest(${[...reversed]}::text[]) as t (target)`,
        ]
      : []),
  ]
}

type Place = PendingQuery<Row[]>

/** Runs before the settlement's ends of grants: an invitation that lapses in this run is looked at once more, as ended. */
function writeGrantsLook(tx: AnySql, { place, takenUp }: { place: Place; takenUp: readonly string[] }) {
  return [
    ...(takenUp.length > 0 ? [tx`update hub.access_grant set invited_at = null where id = any(${[...takenUp]})`] : []),
    tx`
      update hub.verification set asked_at = null, grants_at = case when exists (
          select 1 from hub.access_grant g where g.person = verification.person and g.connector = verification.connector
            and not g.had_before
            and (g.ended_at > now() - interval '6 days' or (g.ended_at is null and g.invited_at is not null))
        ) then now() + hub.next_look('grants', now()) end
      where ${place}`,
  ]
}
