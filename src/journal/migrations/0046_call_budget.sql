-- works with: 6
-- What is left of a vendor's rate limit, and who took how much of it: one row for all processes. A process takes calls for
-- about a second at a time, so that the row is written some times a second and not with each call.
alter table hub.connector
  -- A row may be there for its budget alone.
  add column was_paused boolean not null default true,
  -- What the vendor said last of its limit: so many calls in so many seconds, how many are left, and until when.
  add column call_limit double precision,
  add column limit_seconds double precision,
  add column calls_left double precision,
  add column limit_resets_at timestamptz,
  add column limit_seen_at timestamptz,
  -- It refused a call for its limit: it is asked nothing before then that can wait.
  add column emptied_until timestamptz,
  -- What was taken since `taken_since`, which is a second as a rule, and in the time of that length before; by class.
  add column taken_since timestamptz,
  add column taken integer[],
  add column taken_before integer[],
  -- When a class was refused last.
  add column refused_at timestamptz[],
  -- What background reads may take, as of `credit_at`: it grows with time up to their quarter, and may be a debt.
  add column background_credit double precision,
  add column credit_at timestamptz,
  -- What the operator or the connector allows, in calls a second, as the latest process said it.
  add column stated_limit double precision;

-- Each write replaces the row: room for that on its own page keeps the index out of it.
alter table hub.connector set (fillfactor = 25);

-- Takes calls of a connector for a class of work, in the order of their precedence: denial, opening, plan, bulk, background.
-- `made`: calls of each class that were made beyond what was taken. `seen`: what the vendor said. Denials get what they
-- want. All others together get what is left of the limit, less what is kept for denials; each class leaves to those
-- before it what they took in the second before. Plans and bulk stop where less than half of the vendor's own limit is
-- left and keep to its pace; so do background reads, which have a quarter of it besides.
create function hub.take_calls(connector_id text, call_class text, wanted integer, made integer[] default '{0,0,0,0,0}',
  stated double precision default null, seen jsonb default null, at timestamptz default clock_timestamp())
returns table (granted integer, wait_seconds double precision, slice_seconds double precision, is_limited boolean)
language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  class constant integer := coalesce(array_position('{denial,opening,plan,bulk,background}'::text[], call_class), 5);
  nothing constant integer[] := '{0,0,0,0,0}';
  b hub.connector;
  seen_at timestamptz := at - make_interval(secs => coalesce((seen ->> 'ageSeconds')::double precision, 0));
  seen_limit double precision := (seen ->> 'limit')::double precision;
  seen_left double precision := (seen ->> 'left')::double precision;
  seen_window double precision := (seen ->> 'windowSeconds')::double precision;
  -- Calls a second of all limits that are known.
  pace double precision;
  slice double precision;
  since timestamptz;
  -- What background reads may have at most at once, and how fast it grows.
  quarter double precision;
  quarter_pace double precision;
  -- What classes before this one took in the slice before, and have not taken in this one.
  awaited integer := 0;
  everything integer;
  -- Null: without bounds.
  room double precision;
begin
  select * into b from hub.connector c where c.id = connector_id;
  if seen is null and stated is null and class < 5 and b.call_limit is null and b.stated_limit is null
    and (b.emptied_until is null or b.emptied_until <= at) then
    return query select wanted, 0::double precision, 1::double precision, false;
    return;
  end if;
  if b.id is null then
    insert into hub.connector (id, was_paused) values (connector_id, false) on conflict (id) do nothing;
  end if;
  select * into b from hub.connector c where c.id = connector_id for update;

  b.stated_limit := stated;
  -- A limit of which nobody heard for an hour may be another one by now.
  if b.limit_seen_at < at - interval '1 hour' then
    b.call_limit := null;
    b.limit_seen_at := null;
  end if;
  if b.call_limit is not null and b.limit_resets_at <= at then
    b.calls_left := b.call_limit;
    b.limit_resets_at := at + make_interval(secs => b.limit_seconds);
  end if;
  b.calls_left := least(b.call_limit, b.calls_left - (select sum(m) from unnest(made) m));
  -- A vendor has a limit for each kind of call. The one of which least is left counts, until its time is over.
  if seen_limit > 0 and (b.limit_seen_at is null or b.limit_resets_at <= seen_at
    or seen_left / seen_limit <= b.calls_left / b.call_limit
    or (seen_limit = b.call_limit and seen_at > b.limit_seen_at)) then
    b.limit_seconds := greatest(case when b.call_limit = seen_limit then b.limit_seconds end, seen_window, 1);
    b.call_limit := seen_limit;
    b.calls_left := seen_left;
    b.limit_resets_at := seen_at + make_interval(secs => (seen ->> 'resetSeconds')::double precision);
    b.limit_seen_at := seen_at;
  end if;
  if seen ? 'emptiedSeconds' then
    b.emptied_until := greatest(b.emptied_until,
      at + make_interval(secs => (seen ->> 'emptiedSeconds')::double precision));
  end if;

  -- A slice is a second, or longer where a second has less than one call.
  pace := least(stated, b.call_limit / b.limit_seconds);
  slice := greatest(1, ceil(1 / pace));
  slice := coalesce(slice, 1);
  since := to_timestamp(floor(extract(epoch from at) / slice) * slice);
  if b.taken_since is null or b.taken_since < since then
    b.taken_before := case when b.taken_since = since - make_interval(secs => slice) then b.taken else nothing end;
    b.taken := nothing;
    b.taken_since := since;
  end if;
  quarter := coalesce(least(stated, b.call_limit), 40) / 4;
  quarter_pace := coalesce(pace, 4) / 4;
  b.background_credit := least(quarter, coalesce(b.background_credit, quarter)
    + greatest(0, extract(epoch from at - coalesce(b.credit_at, at))) * quarter_pace) - made[5];
  b.credit_at := greatest(b.credit_at, at);
  for i in 1 .. 5 loop
    -- What was given back may have been taken in a slice that is over.
    b.taken[i] := greatest(0, b.taken[i] + made[i]);
    if i > 1 and i < class then awaited := awaited + greatest(0, b.taken_before[i] - b.taken[i]); end if;
  end loop;
  everything := (select sum(t) from unnest(b.taken) t);

  if class > 1 then
    if b.emptied_until > at then
      room := 0;
      wait_seconds := extract(epoch from b.emptied_until - at);
    end if;
    if stated is not null then
      room := least(room, floor(stated * slice) - (everything - b.taken[1]) - awaited
        - greatest(floor(stated * slice / 20), b.taken[1], b.taken_before[1]));
    end if;
    if b.call_limit is not null and class = 2 then
      room := least(room, b.calls_left - floor(b.call_limit / 20));
      if room < 1 then wait_seconds := greatest(wait_seconds, extract(epoch from b.limit_resets_at - at)); end if;
    elsif b.call_limit is not null and b.calls_left * 2 < b.call_limit then
      room := least(room, 0);
      wait_seconds := greatest(wait_seconds, extract(epoch from b.limit_resets_at - at));
    elsif b.call_limit is not null and class < 5 then
      room := least(room, greatest(1, floor(b.call_limit / b.limit_seconds * slice)) - everything - awaited
        - greatest(0, b.taken_before[1] - b.taken[1]));
    end if;
    if class = 5 then
      -- A quarter that is less than one call is overdrawn, and then left alone until that is made up.
      room := least(room, case when quarter < 1 and b.background_credit >= quarter then 1
        else floor(b.background_credit) end, greatest(1, floor(quarter)) - b.taken[5]);
    end if;
  end if;
  granted := greatest(0, floor(least(wanted, room)))::integer;
  slice_seconds := extract(epoch from b.taken_since - at) + slice;
  if granted > 0 or wanted = 0 then
    wait_seconds := 0;
  else
    if class = 5 and wait_seconds is null then
      wait_seconds := (least(1, quarter) - b.background_credit) / quarter_pace;
    end if;
    wait_seconds := least(300, greatest(wait_seconds, slice_seconds, 0.05));
    b.refused_at := coalesce(b.refused_at, array_fill(null::timestamptz, array[5]));
    b.refused_at[class] := at;
  end if;
  b.taken[class] := b.taken[class] + granted;
  if class = 5 then b.background_credit := b.background_credit - granted; end if;
  is_limited := pace is not null or coalesce(b.emptied_until > at, false);
  update hub.connector c set stated_limit = b.stated_limit, call_limit = b.call_limit, limit_seconds = b.limit_seconds,
    calls_left = b.calls_left - granted, limit_resets_at = b.limit_resets_at, limit_seen_at = b.limit_seen_at,
    emptied_until = b.emptied_until, taken_since = b.taken_since, taken = b.taken, taken_before = b.taken_before,
    refused_at = b.refused_at, background_credit = b.background_credit, credit_at = b.credit_at
  where c.id = connector_id;
  return next;
end $$;
