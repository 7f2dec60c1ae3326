import { inOrder, type Sql, transaction } from './sql.ts'

export type Adoption = { person: string; connector: string; target: string }

/**
 * Notes an operator's word that a target user is this person's. Nobody else's claim on it survives.
 * The reason and the operator's name are on the event that the same command queues.
 */
export async function adopt(sql: Sql, { person, connector, target }: Adoption): Promise<void> {
  await transaction(sql, (tx) =>
    inOrder([
      tx`delete from hub.sighting where connector = ${connector} and value = ${target} and kind in ('adopted', 'link')
        and person <> ${person}`,
      tx`insert into hub.sighting (person, kind, connector, value)
        select ${person}, kind, ${connector}, ${target} from unnest(array['adopted', 'link']) as kinds (kind)
        on conflict (person, kind, connector, value) do update set seen_at = now()`,
    ]),
  )
}
