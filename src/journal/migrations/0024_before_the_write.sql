-- works with: 6
-- What a run asks the journal before its first write, as functions like those of 0023.

-- How many people may be changed within a window, by how many are known. Counts no further than it matters.
create function hub.brake_threshold(people integer, percent double precision, most integer) returns integer
language plpgsql stable set jit = off
as $$
begin
  if percent = 0 or people >= most then return least(people, most); end if;
  return (select least(greatest(people, floor(count(*) * percent / 100)::integer), most)
    from (select 1 from hub.person where state is not null limit ceil(most * 100 / percent)::bigint) known);
end $$;

-- The threshold as it was counted last: in a wave it is not counted anew for each of its people.
create table hub.brake_measure (
  people integer not null,
  percent double precision not null,
  threshold integer not null,
  counted_at timestamptz not null,
  primary key (people, percent)
);

-- May this person be changed in this direction? What an operator said comes first, then the list of the protected, then
-- the count: a pass is reserved before anything is written, so that hubs on one database never exceed the threshold
-- together. `work_age`: seconds since the oldest delivery of the run; a reservation made since then was made for this
-- very work. `lock_key`: people are counted one at a time under this advisory lock.
create function hub.pass_brake(
  of_person text, of_source text, of_authority text, of_connector text, of_direction text, status_changed timestamptz,
  work_age double precision, people integer, percent double precision, most integer, window_seconds double precision,
  lock_key bigint
) returns jsonb
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  held record;
  protection text;
  counted integer;
  threshold integer;
  expects boolean;
begin
  select h.why, o.kind, o.reason, o.ordered_by, h.status_changed_at is not distinct from status_changed as same into held
  from hub.hold h left join hub.brake_order o on o.id = h.brake_order
  where h.person = of_person and h.connector = of_connector and h.direction = of_direction;
  if held.kind = 'release' then return jsonb_build_object('pass', true); end if;
  if held.kind = 'cancel' and held.same then
    return jsonb_build_object('pass', false, 'why', 'cancelled', 'reason', held.reason, 'by', held.ordered_by);
  end if;
  if of_direction = 'deny' then
    select p.reason into protection from hub.protected p
    where p.source = of_source and p.authority_id = of_authority and p.until > now();
    if protection is not null then
      return jsonb_build_object('pass', false, 'why', 'protected', 'reason', protection);
    end if;
  end if;
  if people = 0 then return jsonb_build_object('pass', true); end if;
  -- A protection that ended is no reason any more; a brake that tripped waits for an operator.
  if held.why = 'brake' and held.kind is null then
    return jsonb_build_object('pass', false, 'why', 'brake', 'standing', true);
  end if;

  -- Counting is a later statement than the lock, so that it sees what the one before has reserved.
  perform pg_advisory_xact_lock(lock_key);
  if exists (select 1 from hub.brake_reservation r where r.person = of_person and r.direction = of_direction
      and r.reserved_at >= now() - make_interval(secs => greatest(window_seconds, work_age))) then
    return jsonb_build_object('pass', true);
  end if;
  counted := (select count(*) from (select 1 from hub.brake_reservation r where r.direction = of_direction
    and not r.expected and r.reserved_at >= now() - make_interval(secs => window_seconds) limit most) found);
  threshold := people;
  if counted >= people then
    threshold := (select m.threshold from hub.brake_measure m
      where m.people = pass_brake.people and m.percent = pass_brake.percent and m.counted_at > now() - interval '2 seconds');
    if threshold is null then
      threshold := hub.brake_threshold(people, percent, most);
      insert into hub.brake_measure as m (people, percent, threshold, counted_at)
      values (people, percent, threshold, clock_timestamp())
      on conflict on constraint brake_measure_pkey do update
      set threshold = excluded.threshold, counted_at = excluded.counted_at;
    end if;
  end if;
  if counted >= threshold then
    expects := (select o.until > now() and o.people > (
        select count(*) from hub.brake_reservation r
        where r.direction = of_direction and r.expected and r.reserved_at >= o.ordered_at
      ) from hub.brake_order o where o.kind = 'expect' and o.direction = of_direction
      order by o.ordered_at desc, o.id desc limit 1);
    if expects is not true then
      return jsonb_build_object('pass', false, 'why', 'brake', 'standing', false, 'threshold', threshold);
    end if;
  end if;
  insert into hub.brake_reservation (person, direction, expected)
  values (of_person, of_direction, counted >= threshold)
  on conflict (person, direction) do update set reserved_at = now(), expected = excluded.expected;
  return jsonb_build_object('pass', true);
end $$;

-- Leases the users that a run will touch, so that two people's lanes never write to one user at once, and journals what
-- it will owe. Null: another lane is at one of them. `keys`: of their lanes, in order.
create function hub.prepare_run(
  of_lane text, of_epoch bigint, of_person text, of_connector text, keys text[], links text[], owed jsonb,
  lease_seconds double precision
) returns jsonb
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  leased jsonb;
begin
  insert into hub.lane (key, connector)
  select t.key, of_connector from unnest(keys) as t (key) order by t.key collate "C"
  on conflict do nothing;
  perform l.key from hub.lane l where l.key = any (of_lane || keys) order by l.key collate "C" for update;
  if not exists (select 1 from hub.lane l where l.key = of_lane and l.epoch = of_epoch) then
    raise exception 'the lease of % was lost', of_lane using errcode = 'BH001';
  end if;
  if exists (select 1 from hub.lane l where l.key = any (keys) and l.lease_until > now()) then return null; end if;
  with taken as (
    update hub.lane l set lease_until = now() + make_interval(secs => lease_seconds), epoch = l.epoch + 1
    where l.key = any (keys) returning l.key, l.epoch
  )
  select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'epoch', t.epoch)), '[]') into leased from taken t;
  insert into hub.sighting (person, kind, connector, value)
  select of_person, 'link', of_connector, link from unnest(links) as t (link) order by link collate "C"
  on conflict do nothing;
  insert into hub.owed as o (person, connector, target, action, change)
  select of_person, of_connector, r.target, r.action, r.change
  from jsonb_to_recordset(owed) as r (target text, action text, change jsonb)
  order by r.target collate "C", r.action collate "C"
  on conflict (person, connector, target, action)
  do update set change = excluded.change, done_at = null, note = null,
    since = case when o.done_at is null then o.since else now() end;
  return leased;
end $$;
