-- works with: 6
-- People are counted for the brake one at a time under the lock of this one row, where it was an advisory lock: row
-- locks are what every pooler takes, and what it shows in `pg_locks` has a name.
create table hub.brake_turn (
  one boolean primary key default true check (one),
  -- Until then a count takes the advisory lock too, because a hub of before may be counting under that alone: an
  -- upgrade without a stop is over by then. Null: no hub has worked on this database before.
  shared_until timestamptz
);
insert into hub.brake_turn (shared_until)
select case when exists (select 1 from hub.person) then now() + interval '1 day' end;

-- As `hub.pass_brake` of 0024, but for the lock. The row comes first and the advisory lock second: a hub of before
-- never waits for the row while it holds the other, so that no two of them wait for each other.
create function hub.pass_brake(
  of_person text, of_source text, of_authority text, of_connector text, of_direction text, status_changed timestamptz,
  work_age double precision, people integer, percent double precision, most integer, window_seconds double precision
) returns jsonb
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  held record;
  turn record;
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
  select t.shared_until > now() as is_shared into strict turn from hub.brake_turn t where t.one for update;
  if turn.is_shared then perform pg_advisory_xact_lock(7205759403); end if;
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

-- What a hub of before calls counts in the same turn, for as long as it runs.
create or replace function hub.pass_brake(
  of_person text, of_source text, of_authority text, of_connector text, of_direction text, status_changed timestamptz,
  work_age double precision, people integer, percent double precision, most integer, window_seconds double precision,
  lock_key bigint
) returns jsonb
language plpgsql
as $$
begin
  return hub.pass_brake(of_person, of_source, of_authority, of_connector, of_direction, status_changed, work_age, people,
    percent, most, window_seconds);
end $$;
