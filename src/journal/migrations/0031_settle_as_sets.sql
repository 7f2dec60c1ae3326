-- works with: 6
-- Settlements of one transaction are written table by table: one statement for all of them, and not one for each. To
-- begin a statement costs more than to write a row, and an update reads the check constraints of its table anew.
-- `hub.settle` and `hub.release` stay for the versions that call them.

-- Each new sighting had an entry in three indexes of its value. With this operator class one serves equality and beginnings.
create index sighting_seen_as on hub.sighting (hub.fold_email(value) text_pattern_ops);
drop index hub.sighting_value;
drop index hub.sighting_folded;
drop index hub.sighting_begins;
-- The oldest lane is found group by group.
drop index hub.lane_due;

-- Writes what runs found and did behind the fence, and returns the lanes whose lease was lost: nothing of those is
-- written. No person is in two of the settlements, and their order is the order of locks: sorted by person. What a
-- settlement has not to say is absent from it, and a statement that none of them needs is left out. Without `release`
-- the lanes stay held for statements of the same transaction that come before `hub.give_back`.
--
-- Without index scans PostgreSQL can read a large table here by the keys of a list alone, whatever it takes the sizes of
-- both to be: a bitmap has no other way, and no way to read a whole index. What must be on is said as well: a pooler's
-- session may have the settings of somebody else.
create function hub.settle_together(settlements jsonb, release boolean) returns text[]
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  has text[];
  keys text[];
  lost text[];
  d record;
begin
  -- One that waits long for a lock holds up neither its neighbours nor what was sent behind it: it is tried again.
  perform set_config('lock_timeout', '500ms', true);
  keys := array(select h ->> 'key' from jsonb_array_elements(settlements) r, jsonb_array_elements(r -> 'held') h);
  perform l.key from hub.lane l where l.key = any (keys) order by l.key collate "C" for update;
  lost := array(
    select r.lane from jsonb_to_recordset(settlements) as r (lane text, held jsonb),
      lateral jsonb_to_recordset(r.held) as h (key text, epoch bigint)
    where not exists (select 1 from hub.lane l where l.key = h.key and l.epoch = h.epoch offset 0));
  has := array(select distinct jsonb_object_keys(r) from jsonb_array_elements(settlements) r);

  if 'state' = any (has) then
    update hub.person p set state = s.state, state_read_at = s."readAt",
      denied_at = case s.access when 'deny' then coalesce(p.denied_at, now()) when 'allow' then null else p.denied_at end
    from jsonb_to_recordset(settlements) as s (lane text, person text, state jsonb, "readAt" timestamptz, access text)
    where s.lane <> all (lost) and s.state is not null and p.id = s.person
      and (p.state_read_at is null or p.state_read_at <= s."readAt");
  end if;
  if 'sightings' = any (has) then
    insert into hub.sighting (person, kind, connector, value)
    select s.person, r.kind, coalesce(r.connector, ''), r.value
    from jsonb_to_recordset(settlements) as s (lane text, person text, sightings jsonb),
      lateral jsonb_to_recordset(s.sightings) as r (kind text, connector text, value text)
    where s.lane <> all (lost)
    order by s.person collate "C", r.kind collate "C", r.connector collate "C", r.value collate "C"
    on conflict (person, kind, connector, value) do update set seen_at = now();
  end if;
  if 'formerLinks' = any (has) then
    delete from hub.sighting g
    using jsonb_to_recordset(settlements) as s (lane text, person text, connector text, "formerLinks" text[])
    where s.lane <> all (lost) and g.person = s.person and g.connector = s.connector and g.kind = 'link'
      and g.value = any (s."formerLinks");
  end if;
  if 'owedDone' = any (has) then
    update hub.owed o set done_at = now(), note = r.note
    from jsonb_to_recordset(settlements) as s (lane text, person text, connector text, "owedDone" jsonb),
      lateral jsonb_to_recordset(s."owedDone") as r (target text, action text, note text)
    where s.lane <> all (lost) and o.person = s.person and o.connector = s.connector and o.target = r.target
      and o.action = r.action and o.done_at is null;
  end if;
  if 'owedDropped' = any (has) then
    update hub.owed o set done_at = now(), note = 'void: the person is allowed again'
    from jsonb_to_recordset(settlements) as s (lane text, person text, connector text, "owedDropped" boolean)
    where s.lane <> all (lost) and s."owedDropped" and o.person = s.person and o.connector = s.connector
      and o.done_at is null;
  end if;

  -- After the person's state. Grants before their ends: an invitation that lapses in this run is looked at once more.
  if 'takenUp' = any (has) then
    update hub.access_grant g set invited_at = null
    from jsonb_to_recordset(settlements) as s (lane text, looks text[], "takenUp" text[]), unnest(s."takenUp") as t (id)
    where s.lane <> all (lost) and 'grants' = any (s.looks) and g.id = t.id;
  end if;
  if 'looks' = any (has) then
    if exists (select 1 from jsonb_to_recordset(settlements) as s (looks text[]) where 'grants' = any (s.looks)) then
      update hub.verification v set asked_at = null, grants_at = case
        when exists (select 1 from hub.access_grant g where g.person = v.person and g.connector = v.connector
            and not g.had_before and g.ended_at > now() - interval '6 days' offset 0)
          or exists (select 1 from hub.access_grant g where g.person = v.person and g.connector = v.connector
            and not g.had_before and g.ended_at is null and g.invited_at is not null offset 0)
        then now() + hub.next_look('grants', now()) end
      from jsonb_to_recordset(settlements) as s (lane text, person text, connector text, looks text[])
      where s.lane <> all (lost) and 'grants' = any (s.looks) and v.person = s.person and v.connector = s.connector;
    end if;
    update hub.verification v set ids_at = null, search_at = null, asked_at = null, seen_at = null
    from jsonb_to_recordset(settlements) as s (lane text, person text, connector text, looks text[], "looksFor" text)
    where s.lane <> all (lost) and s.looks && array['ids', 'search'] and s."looksFor" = 'allow'
      and v.person = s.person and v.connector = s.connector
      and coalesce(v.ids_at, v.search_at, v.asked_at, v.seen_at) is not null;
    insert into hub.verification as v (person, connector, ids_at, search_at, seen_at)
    select s.person, s.connector,
      case when 'ids' = any (s.looks) then now() + hub.next_look('ids', p.since) end,
      case when 'search' = any (s.looks) then now() + hub.next_look('search', p.since) end,
      case when s.seen then now() end
    from jsonb_to_recordset(settlements) as s (
        lane text, person text, connector text, looks text[], "looksFor" text, seen boolean
      ), lateral (
        select hub.left_at(k.state, k.denied_at) as since from hub.person k
        where k.id = s.person and k.denied_at is not null offset 0
      ) p
    where s.lane <> all (lost) and s.looks && array['ids', 'search'] and s."looksFor" <> 'allow'
    on conflict (person, connector) do update set asked_at = null,
      ids_at = coalesce(excluded.ids_at, v.ids_at), search_at = coalesce(excluded.search_at, v.search_at),
      seen_at = coalesce(excluded.seen_at, v.seen_at);
    insert into hub.reversal (person, connector, target)
    select s.person, s.connector, t.target
    from jsonb_to_recordset(settlements) as s (
        lane text, person text, connector text, looks text[], "looksFor" text, reversed text[]
      ), unnest(s.reversed) as t (target)
    where s.lane <> all (lost) and s.looks && array['ids', 'search'] and s."looksFor" <> 'allow';
  end if;

  update hub.delivery d set status = r.status, direction = r.direction, attempts = r.attempts, rechecks = r.rechecks,
    last_error = r.error, code = r.code, next_trigger = 'scheduled', collapsed_into = null,
    next_attempt_at = now() + make_interval(secs => r."waitSeconds"),
    settled_at = case when r.status = 'pending' then null else now() end
  from jsonb_to_recordset(settlements) as s (lane text, deliveries jsonb),
    lateral jsonb_to_recordset(s.deliveries) as r (
      id text, status text, direction text, attempts integer, rechecks integer, error text, code text,
      "waitSeconds" double precision
    )
  where s.lane <> all (lost) and d.id = r.id;
  if settlements @? '$[*].deliveries[*].collapsed' then
    -- What had settled and was only to be looked at once more stays as it was. A contradiction ends when it comes true.
    update hub.delivery d set next_attempt_at = null, rechecks = r.rechecks
    from jsonb_to_recordset(settlements) as s (lane text, deliveries jsonb),
      lateral jsonb_to_recordset(s.deliveries) as r (direction text, status text, rechecks integer, collapsed text[]),
      unnest(r.collapsed) as c (id)
    where s.lane <> all (lost) and d.id = c.id and (d.status = 'succeeded'
      or (d.status = 'contradicted' and (r.direction <> 'deny' or r.status = 'pending')));
    update hub.delivery d set next_attempt_at = null, rechecks = r.rechecks, collapsed_into = r.id, status = r.status,
      direction = r.direction, last_error = r.error, code = r.code,
      settled_at = case when r.status = 'pending' then null else now() end
    from jsonb_to_recordset(settlements) as s (lane text, deliveries jsonb),
      lateral jsonb_to_recordset(s.deliveries) as r (
        id text, status text, direction text, rechecks integer, error text, code text, collapsed text[]
      ), unnest(r.collapsed) as c (id)
    where s.lane <> all (lost) and d.id = c.id and not (d.status = 'succeeded'
      or (d.status = 'contradicted' and (r.direction <> 'deny' or r.status = 'pending')));
  end if;
  -- A later judgment of the same person stands for what was set aside before: one `held` a lane, and none when all is well.
  update hub.delivery d set status = r.status, collapsed_into = r.id
  from jsonb_to_recordset(settlements) as s (lane text, deliveries jsonb),
    lateral jsonb_to_recordset(s.deliveries) as r (id text, status text, stands boolean)
  where s.lane <> all (lost) and r.stands and d.lane = s.lane and d.kind = 'sync' and d.status = 'held' and d.id <> r.id;

  -- An operator may have spoken while the run was under way: their word stays, and the delivery is due again.
  if 'hold' = any (has) then
    delete from hub.hold h
    using jsonb_to_recordset(settlements) as s (lane text, person text, connector text, hold jsonb)
    where s.lane <> all (lost) and (s.hold ->> 'over')::boolean and h.person = s.person and h.connector = s.connector;
    for d in
      select s.person, s.connector, r.* from jsonb_to_recordset(settlements) as s (
          lane text, person text, connector text, hold jsonb
        ), lateral jsonb_to_record(s.hold) as r (
          delivery text, over boolean, direction text, why text, "statusChangedAt" timestamptz
        )
      where s.lane <> all (lost) and not r.over and r.direction is not null
    loop
      insert into hub.hold as h (person, connector, direction, why, status_changed_at)
      values (d.person, d.connector, d.direction, d.why, d."statusChangedAt")
      on conflict (person, connector, direction) do update set why = excluded.why,
        status_changed_at = excluded.status_changed_at,
        brake_order = case
          when h.status_changed_at is not distinct from excluded.status_changed_at
            or exists (select 1 from hub.brake_order o where o.id = h.brake_order and o.kind = 'release')
          then h.brake_order end;
      update hub.delivery set status = 'pending', next_attempt_at = now(), settled_at = null
      where id = d.delivery and status = 'held' and exists (
        select 1 from hub.hold where person = d.person and connector = d.connector and direction = d.direction
          and brake_order is not null offset 0);
    end loop;
  end if;

  if 'attempts' = any (has) then
    insert into hub.attempt
      (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts, answer,
        calls, stack)
    select r.id, r."deliveryId", r.number, r.trigger, r."startedAt", r."durationMs", r.outcome, r.error, r.state,
      r.changes, r.conflicts, r.answer::json, r.calls, r.stack
    from jsonb_to_recordset(settlements) as s (lane text, attempts jsonb), lateral jsonb_to_recordset(s.attempts) as r (
        id text, "deliveryId" text, number integer, trigger text, "startedAt" timestamptz,
        "durationMs" double precision, outcome text, error text, state jsonb, changes jsonb, conflicts jsonb, answer text,
        calls jsonb, stack text
      )
    where s.lane <> all (lost);
  end if;
  -- A grant or a handler's event went through: the connector has the right that such a one lacked.
  if 'hasRight' = any (has) then
    for d in
      select s.connector collate "C" as connector
      from jsonb_to_recordset(settlements) as s (lane text, connector text, "hasRight" boolean)
      where s."hasRight" and s.lane <> all (lost) group by 1 order by 1
    loop
      update hub.alert set over_at = now()
      where type = 'hub.alert.missing_right' and about = d.connector and over_at is null;
    end loop;
  end if;
  if release then perform hub.give_back(settlements, lost); end if;
  return lost;
end $$;

-- Gives settled lanes back. Their next time is computed last, from what then waits in them; in the lane of a target
-- nothing ever waits.
create function hub.give_back(settlements jsonb, lost text[]) returns void
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  update hub.lane l set lease_until = null,
    (next_at, deny_next_at) = (select t.next_at, t.deny_next_at from hub.next_times(l.key) t),
    observed_at = case when s.observed is null then l.observed_at when s.observed then now() end,
    unread = l.unread and not s."wasRead",
    provisional_at = case when s."provisionalOver" then null
      when s."provisionalDenied" then coalesce(l.provisional_at, now()) else l.provisional_at end,
    provisional_next_at = case when s."provisionalOver" then '-infinity'
      when s."provisionalTried" then coalesce(now() + make_interval(secs => s."provisionalNext"), 'infinity')
      else l.provisional_next_at end
  from jsonb_to_recordset(settlements) as s (
    lane text, "wasRead" boolean, observed boolean, "provisionalOver" boolean, "provisionalDenied" boolean,
    "provisionalNext" double precision, "provisionalTried" boolean
  )
  where s.lane <> all (lost) and l.key = s.lane;
  if settlements @? '$[*].targets' then
    update hub.lane l set lease_until = null
    from jsonb_to_recordset(settlements) as s (lane text, targets text[]), unnest(s.targets) as t (key)
    where s.lane <> all (lost) and l.key = t.key;
  end if;
end $$;

-- The groups of lanes of which some fall due, by hops through the index from one to the next.
create function hub.lane_groups() returns table (connector text, authority text, unread boolean)
language plpgsql stable rows 10
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_sort = off set enable_bitmapscan = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with recursive hop as (
    (select l.connector, coalesce(l.authority, '') as authority, l.unread from hub.lane l where l.next_at is not null
      order by l.connector, coalesce(l.authority, ''), l.unread limit 1)
    union all
    select next.* from hop, lateral (
      select l.connector, coalesce(l.authority, '') as authority, l.unread from hub.lane l
      where l.next_at is not null
        and (l.connector, coalesce(l.authority, ''), l.unread) > (hop.connector, hop.authority, hop.unread)
      order by l.connector, coalesce(l.authority, ''), l.unread limit 1
    ) next
  )
  select * from hop;
end $$;

-- Since when the lane has been due that is due for longest; null: none is.
create function hub.oldest_due() returns timestamptz
language plpgsql stable
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_sort = off set enable_bitmapscan = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return (select min(first.at) from hub.lane_groups() g, lateral (
      select l.next_at as at from hub.lane l
      where l.connector = g.connector and coalesce(l.authority, '') = g.authority and l.unread = g.unread
        and l.next_at <= now()
      order by l.next_at limit 1
    ) first);
end $$;

-- Half-open: takes one lane of each paused connector whose time to probe has come, and no other before the next minute.
-- It is one with something that asks the vendor; where none is due, the connector's time stays.
create function hub.claim_probes(lease_seconds double precision, probe_seconds double precision) returns table (
  key text, epoch bigint, "takenOver" boolean, connector text, authority text, provisional boolean,
  "authorityPaused" boolean, person jsonb, owed jsonb, grants jsonb, deliveries json
)
language plpgsql
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_bitmapscan = off set enable_material = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  paused record;
  chosen text;
  keys text[] := '{}';
begin
  for paused in select c.id from hub.connector c where c.paused_until <= now() order by c.id for update loop
    chosen := (
      select first.key from hub.lane_groups() g, lateral (
        select l.key, l.next_at from hub.lane l
        where paused.id in (g.connector, g.authority)
          and l.connector = g.connector and coalesce(l.authority, '') = g.authority and l.unread = g.unread
          and l.next_at <= now() and (l.lease_until is null or l.lease_until <= now())
          and exists (
            select 1 from hub.delivery d where d.lane = l.key and d.next_attempt_at <= now()
              and (d.kind = 'sync' or (l.connector = paused.id
                and (d.kind not in ('provision', 'resolve') or (d.kind = 'provision' and d.begun_at is not null)))))
        order by l.next_at limit 1
        for update of l skip locked
      ) first order by first.next_at limit 1);
    continue when chosen is null;
    if chosen <> all (keys) then keys := keys || chosen; end if;
    update hub.connector c set paused_until = now() + make_interval(secs => probe_seconds) where c.id = paused.id;
  end loop;
  if keys = '{}' then return; end if;
  update hub.lane l
  set lease_until = now() + make_interval(secs => lease_seconds), epoch = l.epoch + 1,
    taken_over_at = case when l.lease_until is not null then now() else l.taken_over_at end
  where l.key = any (keys);
  return query
  select r.key, l.epoch, coalesce(l.taken_over_at > now() - make_interval(secs => lease_seconds), false), r.connector,
    r.authority, r.provisional, r."authorityPaused", r.person, r.owed, r.grants, r.deliveries
  from hub.read_lanes(keys, '{}', true) r, lateral (select * from hub.lane known where known.key = r.key offset 0) l;
end $$;

-- Takes one lane for the process that holds a request in it, and reads it. `refused`: another worker has it, or its
-- connector is paused. Of one whose time to probe has come, this request is the probe.
create function hub.take_lane(of_lane text, lease_seconds double precision) returns table (
  refused text, probe boolean, key text, epoch bigint, "takenOver" boolean, connector text, authority text,
  provisional boolean, "authorityPaused" boolean, person jsonb, owed jsonb, grants jsonb, deliveries json
)
language plpgsql
set enable_seqscan = off set enable_indexscan = on set enable_nestloop = on set enable_hashjoin = off
set enable_mergejoin = off set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  taken record;
begin
  perform l.key from hub.lane l
  where l.key = of_lane and (l.lease_until is null or l.lease_until <= now())
    and not exists (select 1 from hub.connector c where c.paused_until > now() and c.id = l.connector offset 0)
  for update of l skip locked;
  if not found then
    return query select
      case when exists (
        select 1 from hub.lane l, lateral (
          select 1 from hub.connector c where c.id = l.connector and c.paused_until > now() offset 0) c
        where l.key = of_lane) then 'paused' else 'busy' end,
      null::boolean, null::text, null::bigint, null::boolean, null::text, null::text, null::boolean, null::boolean,
      null::jsonb, null::jsonb, null::jsonb, null::json;
    return;
  end if;
  update hub.lane l
  set lease_until = now() + make_interval(secs => lease_seconds), epoch = l.epoch + 1,
    taken_over_at = case when l.lease_until is not null then now() else l.taken_over_at end
  where l.key = of_lane
  returning l.epoch, coalesce(l.taken_over_at > now() - make_interval(secs => lease_seconds), false) as over,
    exists (select 1 from hub.connector c where c.paused_until is not null and c.id = l.connector offset 0) as probe
  into taken;
  return query
  select null::text, taken.probe, r.key, taken.epoch, taken.over, r.connector, r.authority, r.provisional,
    r."authorityPaused", r.person, r.owed, r.grants, r.deliveries
  from hub.read_lanes(array[of_lane], '{}', taken.probe) r;
end $$;

-- Lengthens leases that are still held; returns whether all of them were.
create function hub.renew(keys text[], epochs bigint[], lease_seconds double precision) returns boolean
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  renewed integer;
begin
  perform l.key from hub.lane l where l.key = any (keys) order by l.key collate "C" for update;
  update hub.lane l set lease_until = now() + make_interval(secs => lease_seconds)
  from unnest(keys, epochs) as held (key, epoch)
  where l.key = held.key and l.epoch = held.epoch;
  get diagnostics renewed = row_count;
  return renewed = cardinality(keys);
end $$;

-- Makes deliveries of a lane due now. One that was collapsed passes this on to the one that stands for it.
create function hub.make_due_again(of_lane text, ids text[]) returns void
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  perform l.key from hub.lane l where l.key = of_lane for update;
  with recursive standing as (
    select d.id, d.collapsed_into from hub.delivery d where d.id = any (ids)
    union
    select d.id, d.collapsed_into from hub.delivery d join standing s on d.id = s.collapsed_into
  )
  update hub.delivery d set next_attempt_at = now() from standing s where s.id = d.id and s.collapsed_into is null;
  update hub.lane l
  set (next_at, deny_next_at) = (select t.next_at, t.deny_next_at from hub.next_times(l.key) t)
  where l.key = of_lane;
end $$;
