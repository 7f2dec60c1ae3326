-- works with: 6
-- Marks people whom the authority denies as denied, with what it said, and writes the event that tells of each: many in
-- one statement, so that a wave of leavers does not cost a transaction for each of them. For events that no connector
-- hears; one with deliveries is written with them (hub.mark_denied). `outcome`: 'recorded'; 'known', where the person is
-- marked already, or the authority was read again since; 'lost', where the lease under which it was read was lost.
create function hub.record_denials(denials jsonb) returns table (n integer, outcome text)
language plpgsql
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  -- In the one order of locks. The lanes' epochs are read and not locked, as hub.mark_denied does it.
  perform from hub.person p
  where p.id = any (array(select d.person from jsonb_to_recordset(denials) as d (person text)))
  order by p.id collate "C" for update;

  return query
  with read as materialized (
    select d.*, exists (
        select 1 from hub.lane l where l.key = d.lane and l.epoch = d.epoch offset 0
      ) as is_held,
      row_number() over (partition by d.person order by d.read_at desc, d.n) as nth
    from jsonb_to_recordset(denials) as d (
      n integer, person text, state jsonb, read_at timestamptz, lane text, epoch bigint,
      event text, trace_id uuid, time timestamptz, received_at timestamptz, data json)
  ), marked as (
    update hub.person p set state = r.state, state_read_at = r.read_at, denied_at = now()
    from read r
    where p.id = r.person and r.is_held and r.nth = 1
      and p.denied_at is null and (p.state_read_at is null or p.state_read_at <= r.read_at)
    returning r.n
  ), told as (
    insert into hub.event (id, source, external_id, trace_id, type, person, time, received_at, trusted, data)
    select r.event, 'hub', r.event, r.trace_id, 'hub.person.denied', r.person, r.time, r.received_at, true, r.data
    from read r where r.n in (select marked.n from marked)
  )
  select r.n, case when not r.is_held then 'lost' when r.n in (select marked.n from marked) then 'recorded' else 'known' end
  from read r;
end $$;
