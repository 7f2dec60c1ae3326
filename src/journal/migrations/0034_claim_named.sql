-- works with: 6
-- Takes those of the named lanes that are due and free, denials first: what a Worker does right after a hook. It is a
-- function so that its plan does not follow statistics, which are wrong for a journal that was just loaded.
create function hub.claim_named(
  named text[], most integer, lease_seconds double precision, share integer, routine_room integer,
  connectors text[], connector_rooms integer[], silent text[]
) returns table (
  key text, epoch bigint, "takenOver" boolean, denial boolean, connector text, authority text, provisional boolean,
  "authorityPaused" boolean, person jsonb, owed jsonb, grants jsonb, deliveries json
)
language plpgsql
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_sort = off set enable_bitmapscan = off set enable_material = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  keys text[];
  denials text[];
begin
  with found as materialized (
    select l.* from (select distinct key from unnest(named) as key) n, lateral (
      select l.key, l.connector, l.next_at, coalesce(l.deny_next_at <= now(), false) as denial
      from hub.lane l
      where l.key = n.key and l.next_at <= now() and (l.lease_until is null or l.lease_until <= now())
        and (l.authority is null or l.authority <> all (silent))
        and not exists (
          select 1 from hub.connector c where c.paused_until is not null and c.id in (l.connector, l.authority))
      offset 0
    ) l
  ), placed as (
    select *, row_number() over (partition by connector order by denial desc, next_at, key) as nth,
      row_number() over (partition by denial order by next_at, key) as nth_kind
    from found
  ), chosen as materialized (
    select p.key, p.denial from placed p
    left join unnest(connectors, connector_rooms) as r (id, room) on r.id = p.connector
    where p.nth <= coalesce(r.room, share) and (p.denial or p.nth_kind <= routine_room)
    order by p.denial desc, p.next_at, p.key
    limit most
  )
  select array_agg(key), array_agg(key) filter (where denial) into keys, denials from chosen;
  if keys is null then return; end if;

  -- In the one order of locks. What another worker has taken meanwhile is skipped, and a row that was changed since is
  -- looked at as it is now.
  with free as materialized (
    select l.key from hub.lane l
    where l.key = any (keys) and l.next_at <= now() and (l.lease_until is null or l.lease_until <= now())
      and not exists (
        select 1 from hub.connector c where c.paused_until is not null and c.id in (l.connector, l.authority))
    order by l.key collate "C"
    for update of l skip locked
  )
  select array_agg(free.key) into keys from free;
  if keys is null then return; end if;

  update hub.lane l
  set lease_until = now() + make_interval(secs => lease_seconds), epoch = l.epoch + 1,
    taken_over_at = case when l.lease_until is not null then now() else l.taken_over_at end
  where l.key = any (keys);

  return query
  select r.key, l.epoch, coalesce(l.taken_over_at > now() - make_interval(secs => lease_seconds), false),
    coalesce(r.key = any (denials), false), r.connector, r.authority, r.provisional, r."authorityPaused", r.person,
    r.owed, r.grants, r.deliveries
  from hub.read_lanes(keys, '{}', false) r,
    lateral (select * from hub.lane known where known.key = r.key offset 0) l;
end $$;
