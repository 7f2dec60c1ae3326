-- works with: 6
-- What is done for every delivery, as functions that read by key alone. What steers their plans stands with each of
-- them (`set …`), so that neither statistics, nor how large a table was when a plan was made, nor the settings of a
-- session decide whether a settlement reads one row or all. A function's plans are kept for each connection, also
-- behind a pooler that knows no prepared statements, and one call is one round trip. Each statement in them sees what
-- was committed before it, as it would by itself: what is decided under a lock is read in a later one.
--
-- Their texts never change: a later version adds functions of other names. `offset 0` keeps a list the outer side.

create index delivery_held on hub.delivery (lane) where status = 'held';
create index access_grant_past on hub.access_grant (person, connector, ended_at) where ended_at is not null;
create index brake_reservation_counted on hub.brake_reservation (direction, reserved_at) where not expected;
create index brake_reservation_expected on hub.brake_reservation (direction, reserved_at) where expected;
-- Lanes that first fall due for something that is no denial: a wave of denials is not walked over to find them.
create index lane_group_routine on hub.lane (connector, (coalesce(authority, '')), unread, next_at)
where next_at is not null and (deny_next_at is null or deny_next_at > next_at);

-- When a lane falls due, by what waits in it: as soon as any of it is. An `on` delivery waits for the earlier ones, so
-- its head decides, and is in as much of a hurry as a denial behind it.
create function hub.next_times(of_lane text) returns table (next_at timestamptz, deny_next_at timestamptz)
language sql stable as $$
  select least(w.due, head.due), least(w.deny, case when w.edge_denies then head.due end)
  from (
    select min(d.next_attempt_at) filter (where d.kind <> 'on') as due,
      min(d.next_attempt_at) filter (where d.kind <> 'on' and d.hint = 'deny') as deny,
      bool_or(d.kind = 'on' and d.hint = 'deny') as edge_denies
    from hub.delivery d where d.lane = of_lane and d.next_attempt_at is not null
  ) w left join lateral (
    select d.next_attempt_at as due from hub.delivery d
    where d.lane = of_lane and d.kind = 'on' and d.next_attempt_at is not null
    order by d.event_time, d.seq limit 1
  ) head on true
$$;

-- As before, but its plans are kept.
create or replace function hub.is_contested(of_person text, of_connector text) returns boolean
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return exists (select 1 from hub.exception x where x.person = of_person and x.until > now())
    or (select count(*) >= 3 from hub.reversal r where r.person = of_person and r.connector = of_connector
      and r.at > now() - interval '7 days'
      and not exists (select 1 from hub.exception x where x.person = of_person and x.ordered_at >= r.at offset 0));
end $$;

-- Nobody has read this person at the authority yet.
create function hub.is_unread(of_person text) returns boolean
language plpgsql stable
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return not exists (select 1 from hub.person known where known.id = of_person and known.state is not null);
end $$;

-- The person last seen under an e-mail.
create function hub.last_seen_as(email text) returns text
language plpgsql stable
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return (select s.person from hub.sighting s
    where hub.fold_email(s.value) = hub.fold_email(email) and s.kind = 'email'
    order by s.seen_at desc limit 1);
end $$;

-- What waits in lanes that were locked and leased in an earlier statement, with all that a run needs to know.
-- `silent`: authorities that do not answer.
create function hub.read_lanes(keys text[], silent text[], for_probe boolean)
returns table (
  key text, connector text, authority text, provisional boolean, "authorityPaused" boolean, person jsonb, owed jsonb,
  grants jsonb, deliveries json
)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  select l.key, l.connector, l.authority, l.provisional_at is not null,
    coalesce(l.authority = any (silent), false) or (not for_probe and exists (
      select 1 from hub.connector c where c.paused_until is not null and c.id = l.authority offset 0)),
    (select jsonb_build_object('id', p.id, 'source', p.source, 'authorityId', p.authority_id, 'state', p.state,
      'contested', hub.is_contested(p.id, l.connector), 'verifiedBefore', exists (select 1 from hub.verification v
        where v.person = p.id and v.connector = l.connector and v.seen_at is not null offset 0),
      'sightings', (
        select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'value', s.value, 'connector', s.connector)
          order by s.seen_at desc, s.value), '[]')
        from hub.sighting s where s.person = p.id
      )) from hub.person p where p.id = l.person),
    (select coalesce(jsonb_agg(o.change order by o.since, o.target), '[]') from hub.owed o
      where o.person = l.person and o.connector = l.connector and o.done_at is null),
    (select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'access', g.access, 'permission', g.permission,
        'asked', (g.request - 'request') || (g.request -> 'request'), 'until', hub.iso_time(g.until),
        'hadBefore', g.had_before) order by g.granted_at), '[]')
      from hub.access_grant g where g.person = l.person and g.connector = l.connector and g.ended_at is null),
    -- The payload goes along only where a handler will see it, and as json: jsonb would take it apart for nothing.
    (select coalesce(json_agg(json_build_object(
        'id', d.id, 'seq', d.seq, 'eventId', d.event_id, 'kind', d.kind, 'hint', d.hint, 'status', d.status,
        'attempts', d.attempts, 'rechecks', d.rechecks, 'trigger', d.next_trigger,
        'due', d.next_attempt_at is not null and d.next_attempt_at <= now(),
        'ageSeconds', extract(epoch from now() - d.created_at),
        'event', json_build_object('source', e.source, 'type', e.type, 'time', hub.iso_time(e.time),
          'receivedAt', hub.iso_time(e.received_at), 'trusted', e.trusted,
          'traceId', replace(e.trace_id::text, '-', ''),
          'data', case when d.kind = 'on' then hub.body_of(e.data, e.part_of) end),
        'inline', case when d.request is not null then json_build_object(
          'asked', (d.request::jsonb - 'request') || (d.request::jsonb -> 'request'), 'accesses', d.accesses,
          'late', coalesce(d.deadline_at <= now(), false), 'begun', d.begun_at is not null,
          'begunSecondsAgo', coalesce(extract(epoch from now() - d.begun_at), 0),
          'secondsLeft', coalesce(greatest(extract(epoch from d.deadline_at - now()), 0), 0),
          'hadBefore', coalesce(d.had_before, '{}'), 'grants', d.grants) end) order by d.event_time, d.seq), '[]')
      from (
        (select * from hub.delivery s where s.lane = l.key and s.kind = 'sync'
          and (s.next_attempt_at is not null or s.status = 'pending') order by s.seq desc limit 500)
        union all
        (select * from hub.delivery o where o.lane = l.key and o.kind = 'on'
          and (o.next_attempt_at is not null or o.status = 'pending') order by o.event_time, o.seq limit 50)
        union all
        (select * from hub.delivery i where i.lane = l.key and i.kind not in ('sync', 'on')
          and (i.next_attempt_at is not null or i.status = 'pending')
          order by i.next_attempt_at <= now() desc nulls last, i.grants is not null, i.event_time, i.seq limit 200)
      ) d, lateral (select * from hub.event known where known.id = d.event_id offset 0) e)
  from unnest(keys) as wanted (key), lateral (select * from hub.lane known where known.key = wanted.key offset 0) l;
end $$;

-- Writes what runs found and did behind the fence, all lanes of a list together, and returns the lanes whose lease was
-- lost: nothing of those is written. Their order is the order of locks: sorted by person. Left out of `release`, the
-- lanes stay held for statements of the same transaction that come before `hub.release`.
create function hub.settle(settlements jsonb, release boolean) returns text[]
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  s record;
  d record;
  keys text[];
  lost text[];
begin
  -- One that waits long for a lock holds up neither its neighbours nor what was sent behind it: it is tried again.
  perform set_config('lock_timeout', '500ms', true);
  keys := array(select h ->> 'key' from jsonb_array_elements(settlements) r, jsonb_array_elements(r -> 'held') h);
  perform l.key from hub.lane l where l.key = any (keys) order by l.key collate "C" for update;
  lost := array(
    select r.lane from jsonb_to_recordset(settlements) as r (lane text, held jsonb),
      lateral jsonb_to_recordset(r.held) as h (key text, epoch bigint)
    where not exists (select 1 from hub.lane l where l.key = h.key and l.epoch = h.epoch offset 0));

  for s in
    select * from jsonb_to_recordset(settlements) as r (
      lane text, connector text, person text, state jsonb, "readAt" timestamptz, access text, sightings jsonb,
      "formerLinks" text[], "owedDone" jsonb, "owedDropped" boolean, looks text[], "looksFor" text, seen boolean,
      reversed text[], "takenUp" text[], deliveries jsonb, hold jsonb, attempts jsonb
    ) where lane <> all (lost)
  loop
    if s.person is not null then
      if s.state is not null then
        update hub.person set state = s.state, state_read_at = s."readAt",
          denied_at = case s.access when 'deny' then coalesce(denied_at, now()) when 'allow' then null else denied_at end
        where id = s.person and (state_read_at is null or state_read_at <= s."readAt");
      end if;
      if s.sightings is not null then
        insert into hub.sighting (person, kind, connector, value)
        select s.person, r.kind, coalesce(r.connector, ''), r.value
        from jsonb_to_recordset(s.sightings) as r (kind text, connector text, value text)
        order by r.kind collate "C", r.connector collate "C", r.value collate "C"
        on conflict (person, kind, connector, value) do update set seen_at = now();
      end if;
      if s."formerLinks" is not null then
        delete from hub.sighting
        where person = s.person and connector = s.connector and kind = 'link' and value = any (s."formerLinks");
      end if;
      for d in select * from jsonb_to_recordset(s."owedDone") as r (target text, action text, note text) loop
        update hub.owed set done_at = now(), note = d.note
        where person = s.person and connector = s.connector and target = d.target and action = d.action and done_at is null;
      end loop;
      if s."owedDropped" then
        update hub.owed set done_at = now(), note = 'void: the person is allowed again'
        where person = s.person and connector = s.connector and done_at is null;
      end if;

      -- After the person's state. Grants before their ends: an invitation that lapses in this run is looked at once more.
      if 'grants' = any (s.looks) then
        if s."takenUp" is not null then
          update hub.access_grant set invited_at = null where id = any (s."takenUp");
        end if;
        update hub.verification v set asked_at = null, grants_at = case
          when exists (select 1 from hub.access_grant g where g.person = s.person and g.connector = s.connector
              and not g.had_before and g.ended_at > now() - interval '6 days' offset 0)
            or exists (select 1 from hub.access_grant g where g.person = s.person and g.connector = s.connector
              and not g.had_before and g.ended_at is null and g.invited_at is not null offset 0)
          then now() + hub.next_look('grants', now()) end
        where v.person = s.person and v.connector = s.connector;
      end if;
      if s.looks && array['ids', 'search'] then
        if s."looksFor" = 'allow' then
          update hub.verification set ids_at = null, search_at = null, asked_at = null, seen_at = null
          where person = s.person and connector = s.connector;
        else
          insert into hub.verification as v (person, connector, ids_at, search_at, seen_at)
          select s.person, s.connector,
            case when 'ids' = any (s.looks) then now() + hub.next_look('ids', p.since) end,
            case when 'search' = any (s.looks) then now() + hub.next_look('search', p.since) end,
            case when s.seen then now() end
          from (select hub.left_at(state, denied_at) as since from hub.person
            where id = s.person and denied_at is not null) p
          on conflict (person, connector) do update set asked_at = null,
            ids_at = case when 'ids' = any (s.looks) then excluded.ids_at else v.ids_at end,
            search_at = case when 'search' = any (s.looks) then excluded.search_at else v.search_at end,
            seen_at = coalesce(excluded.seen_at, v.seen_at);
          if s.reversed is not null then
            insert into hub.reversal (person, connector, target)
            select s.person, s.connector, target from unnest(s.reversed) as t (target);
          end if;
        end if;
      end if;
    end if;

    for d in
      select * from jsonb_to_recordset(s.deliveries) as r (
        id text, status text, direction text, attempts integer, rechecks integer, error text, code text,
        "waitSeconds" double precision, stands boolean, collapsed text[]
      )
    loop
      update hub.delivery set status = d.status, direction = d.direction, attempts = d.attempts, rechecks = d.rechecks,
        last_error = d.error, code = d.code, next_trigger = 'scheduled', collapsed_into = null,
        next_attempt_at = now() + make_interval(secs => d."waitSeconds"),
        settled_at = case when d.status = 'pending' then null else now() end
      where id = d.id;
      if d.collapsed is not null then
        -- What had settled and was only to be looked at once more stays as it was. A contradiction ends when it comes true.
        update hub.delivery set next_attempt_at = null, rechecks = d.rechecks
        where id = any (d.collapsed) and (status = 'succeeded'
          or (status = 'contradicted' and (d.direction <> 'deny' or d.status = 'pending')));
        update hub.delivery set next_attempt_at = null, rechecks = d.rechecks, collapsed_into = d.id, status = d.status,
          direction = d.direction, last_error = d.error, code = d.code,
          settled_at = case when d.status = 'pending' then null else now() end
        where id = any (d.collapsed) and not (status = 'succeeded'
          or (status = 'contradicted' and (d.direction <> 'deny' or d.status = 'pending')));
      end if;
      -- A later judgment of the same person stands for what was set aside before: one `held` a lane, and none when all is well.
      if d.stands then
        update hub.delivery set status = d.status, collapsed_into = d.id
        where lane = s.lane and kind = 'sync' and status = 'held' and id <> d.id;
      end if;
    end loop;

    -- An operator may have spoken while the run was under way: their word stays, and the delivery is due again.
    for d in
      select * from jsonb_to_record(s.hold) as r (
        delivery text, over boolean, direction text, why text, "statusChangedAt" timestamptz
      ) where s.hold is not null
    loop
      if d.over then
        delete from hub.hold where person = s.person and connector = s.connector;
      elsif d.direction is not null then
        insert into hub.hold as h (person, connector, direction, why, status_changed_at)
        values (s.person, s.connector, d.direction, d.why, d."statusChangedAt")
        on conflict (person, connector, direction) do update set why = excluded.why,
          status_changed_at = excluded.status_changed_at,
          brake_order = case
            when h.status_changed_at is not distinct from excluded.status_changed_at
              or exists (select 1 from hub.brake_order o where o.id = h.brake_order and o.kind = 'release')
            then h.brake_order end;
        update hub.delivery set status = 'pending', next_attempt_at = now(), settled_at = null
        where id = d.delivery and status = 'held' and exists (
          select 1 from hub.hold where person = s.person and connector = s.connector and direction = d.direction
            and brake_order is not null offset 0);
      end if;
    end loop;

    if s.attempts is not null then
      insert into hub.attempt
        (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts, answer,
          calls, stack)
      select r.id, r."deliveryId", r.number, r.trigger, r."startedAt", r."durationMs", r.outcome, r.error, r.state,
        r.changes, r.conflicts, r.answer::json, r.calls, r.stack
      from jsonb_to_recordset(s.attempts) as r (
        id text, "deliveryId" text, number integer, trigger text, "startedAt" timestamptz,
        "durationMs" double precision, outcome text, error text, state jsonb, changes jsonb, conflicts jsonb, answer text,
        calls jsonb, stack text
      );
    end if;
  end loop;
  -- A grant or a handler's event went through: the connector has the right that such a one lacked.
  for d in
    select r.connector collate "C" as connector
    from jsonb_to_recordset(settlements) as r (lane text, connector text, "hasRight" boolean)
    where r."hasRight" and r.lane <> all (lost) group by 1 order by 1
  loop
    update hub.alert set over_at = now()
    where type = 'hub.alert.missing_right' and about = d.connector and over_at is null;
  end loop;
  if release then perform hub.release(settlements, lost); end if;
  return lost;
end $$;

-- Gives settled lanes back. Their next time is computed last, from what then waits in them.
create function hub.release(settlements jsonb, lost text[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  s record;
begin
  for s in
    select * from jsonb_to_recordset(settlements) as r (
      lane text, targets text[], "wasRead" boolean, observed boolean, "provisionalOver" boolean,
      "provisionalDenied" boolean, "provisionalNext" double precision, "provisionalTried" boolean
    ) where lane <> all (lost)
  loop
    update hub.lane l set lease_until = null,
      (next_at, deny_next_at) = (select t.next_at, t.deny_next_at from hub.next_times(l.key) t),
      observed_at = case when s.observed is null then observed_at when s.observed then now() end,
      unread = unread and not s."wasRead",
      provisional_at = case when s."provisionalOver" then null
        when s."provisionalDenied" then coalesce(provisional_at, now()) else provisional_at end,
      provisional_next_at = case when s."provisionalOver" then '-infinity'
        when s."provisionalTried" then coalesce(now() + make_interval(secs => s."provisionalNext"), 'infinity')
        else provisional_next_at end
    where l.key = s.lane;
    if s.targets is not null then
      update hub.lane l set lease_until = null,
        (next_at, deny_next_at) = (select t.next_at, t.deny_next_at from hub.next_times(l.key) t)
      where l.key = any (s.targets);
    end if;
  end loop;
end $$;

-- The groups of lanes of which some may be claimed: by connector, by authority, and by whether the person was ever read
-- there. It hops through the index from one group to the next, however many lanes one of them has. `unasked`: the
-- authority is paused or does not answer, so that only lanes are taken which can go on without it.
create function hub.open_groups(
  share integer, connectors text[], connector_rooms integer[], authorities text[], authority_rooms integer[]
) returns table (connector text, authority text, unread boolean, room integer, asking integer, unasked boolean)
language plpgsql stable rows 10
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
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
  select hop.connector, hop.authority, hop.unread, coalesce(c.room, share), a.room,
    coalesce(a.room <= 0, false) or exists (
      select 1 from hub.connector p where p.paused_until is not null and p.id = hop.authority offset 0)
  from hop left join unnest(connectors, connector_rooms) as c (id, room) on c.id = hop.connector
    left join unnest(authorities, authority_rooms) as a (id, room) on a.id = hop.authority
  where coalesce(c.room, share) > 0
    and not exists (select 1 from hub.connector p where p.paused_until is not null and p.id = hop.connector offset 0);
end $$;

-- Chooses due lanes, locks and leases them, and reads what waits in them: denials first, those of people who are known
-- before the others, and then what has waited longest. What is locked beyond the limit is free again at once.
create function hub.claim(
  most integer, lease_seconds double precision, share integer, routine_room integer, routine_first integer,
  connectors text[], connector_rooms integer[], authorities text[], authority_rooms integer[], provisional_deny boolean
) returns table (
  key text, epoch bigint, "takenOver" boolean, denial boolean, connector text, authority text, provisional boolean,
  "authorityPaused" boolean, person jsonb, owed jsonb, grants jsonb, deliveries json
)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
set enable_bitmapscan = off set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  keys text[];
  denials text[];
begin
  with open as materialized (
    select * from hub.open_groups(share, connectors, connector_rooms, authorities, authority_rooms)
  ), denial as materialized (
    select open.*, chosen.*, true as denial from open, lateral (
      select l.key, l.deny_next_at as at from hub.lane l
      where l.connector = open.connector and coalesce(l.authority, '') = open.authority and l.unread = open.unread
        and (l.lease_until is null or l.lease_until <= now())
        and (not open.unasked or hub.goes_on_unasked(l.key, l.provisional_next_at, provisional_deny))
        and l.deny_next_at <= now() and l.next_at <= now()
      order by l.deny_next_at
      limit least(open.room, most)
      for update of l skip locked
    ) chosen
  ), routine as materialized (
    select open.*, chosen.*, false as denial from open, lateral (
      select l.key, l.next_at as at from hub.lane l
      where l.connector = open.connector and coalesce(l.authority, '') = open.authority and l.unread = open.unread
        and (l.lease_until is null or l.lease_until <= now())
        and (not open.unasked or hub.goes_on_unasked(l.key, l.provisional_next_at, provisional_deny))
        and l.next_at <= now() and (l.deny_next_at is null or l.deny_next_at > now())
        -- It follows from the line above, and names the index.
        and (l.deny_next_at is null or l.deny_next_at > l.next_at)
      order by l.next_at
      limit least(open.room, routine_room, greatest(routine_first, most - (select count(*) from denial)))
      for update of l skip locked
    ) chosen
  ), aged as (
    select *, row_number() over (partition by denial order by at, key) as age
    from (select * from denial union all select * from routine) found
  ), ranked as (
    select *, case when denial then 1 when age <= routine_first then 0 else 2 end as class from aged
  ), ordered as (
    select *, row_number() over (partition by connector order by class, unread, at, key) as nth,
      row_number() over (partition by authority, unasked order by class, unread, at, key) as nth_asking,
      row_number() over (partition by denial order by class, unread, at, key) as nth_kind
    from ranked
  ), due as (
    select key, denial from ordered
    where nth <= room and (denial or nth_kind <= routine_room) and (asking is null or unasked or nth_asking <= asking)
    order by class, unread, at, key
    limit most
  )
  select array_agg(key), array_agg(key) filter (where denial) into keys, denials from due;
  if keys is null then return; end if;

  update hub.lane l
  set lease_until = now() + make_interval(secs => lease_seconds), epoch = l.epoch + 1,
    taken_over_at = case when l.lease_until is not null then now() else l.taken_over_at end
  where l.key = any (keys);

  return query
  select r.key, l.epoch, coalesce(l.taken_over_at > now() - make_interval(secs => lease_seconds), false),
    coalesce(r.key = any (denials), false), r.connector, r.authority, r.provisional, r."authorityPaused", r.person,
    r.owed, r.grants, r.deliveries
  from hub.read_lanes(keys, array(
      select a.id from unnest(authorities, authority_rooms) as a (id, room) where a.room <= 0), false) r,
    lateral (select * from hub.lane known where known.key = r.key offset 0) l;
end $$;

-- A lane that can go on while its authority is not asked: the intake has found the person of a request already, or a
-- hook may be acted on alone.
create function hub.goes_on_unasked(of_lane text, provisional_next_at timestamptz, provisional_deny boolean) returns boolean
language plpgsql stable
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return exists (select 1 from hub.delivery i
      where i.lane = of_lane and i.kind not in ('sync', 'on') and i.next_attempt_at <= now())
    or (provisional_deny and provisional_next_at <= now() and exists (
      select 1 from hub.delivery d where d.lane = of_lane and d.kind = 'sync' and d.hint = 'deny'
        and (d.next_attempt_at is not null or d.status = 'pending')));
end $$;

-- Seconds until the earliest lane falls due that may be claimed; null: none does so soon.
create function hub.seconds_until_due(
  at_most double precision, share integer, for_routine boolean,
  connectors text[], connector_rooms integer[], authorities text[], authority_rooms integer[]
) returns double precision
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  if for_routine then
    return (select extract(epoch from min(first.at) - now())::float8
      from hub.open_groups(share, connectors, connector_rooms, authorities, authority_rooms) open, lateral (
        select l.next_at as at from hub.lane l
        where l.connector = open.connector and coalesce(l.authority, '') = open.authority and l.unread = open.unread
          and l.next_at <= now() + make_interval(secs => at_most) and (l.lease_until is null or l.lease_until <= now())
        order by l.next_at limit 1
      ) first where not open.unasked);
  end if;
  return (select extract(epoch from min(first.at) - now())::float8
    from hub.open_groups(share, connectors, connector_rooms, authorities, authority_rooms) open, lateral (
      select l.deny_next_at as at from hub.lane l
      where l.connector = open.connector and coalesce(l.authority, '') = open.authority and l.unread = open.unread
        and l.deny_next_at <= now() + make_interval(secs => at_most)
        and (l.lease_until is null or l.lease_until <= now())
      order by l.deny_next_at limit 1
    ) first where not open.unasked);
end $$;
