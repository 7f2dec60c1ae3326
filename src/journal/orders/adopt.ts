import { inOrder, type Sql, transaction } from '../sql/sql.ts'

type Adoption = { id: string; person: string; connector: string; target: string; reason: string; by: string }

/** Notes an operator's word that a target user is this person's, and why. Nobody else's claim on it survives. */
export async function adopt(sql: Sql, { id, person, connector, target, reason, by }: Adoption): Promise<void> {
  await transaction(sql, (tx) =>
    inOrder([
      tx`delete from hub.sighting where connector = ${connector} and value = ${target} and kind in ('adopted', 'link')
        and person <> ${person}`,
      tx`insert into hub.sighting (person, kind, connector, value)
        select ${person}, kind, ${connector}, ${target} from unnest(array['adopted', 'link']) as kinds (kind)
        on conflict (person, kind, connector, value) do update set seen_at = now()`,
      tx`insert into hub.adoption (id, person, connector, target, reason, ordered_by)
        values (${id}, ${person}, ${connector}, ${target}, ${reason}, ${by})`,
    ]),
  )
}
