-- works with: 6
-- Every act on record, of operators and of the hub's own, in one table that only grows. A row holds ids and codes; the
-- words of people and vendors lie beside it in hub.audit_note, where they can be erased. The row keeps a salted hash of
-- them, so that it says also then that there were words, and words that are still there can be proven to be those.
create table hub.audit (
  id text collate "C" primary key,
  at timestamptz not null default now(),
  -- whom the surface vouches for; `hub`: nobody ordered it; `unknown`: an older version did not tell
  actor text not null,
  role text not null,
  way text not null check (way in ('console', 'api', 'cli', 'schedule', 'hub')),
  act text not null,
  -- ids of deliveries, people and connectors
  targets text[] not null default '{}',
  -- codes, counts and times: until when, of how many people
  facts jsonb not null default '{}',
  plan_hash text,
  result text not null default 'done',
  request_id text,
  -- sha-256, in hex, of the salt and the words; null: there were none
  note text,
  -- the transaction that wrote it: a row gets its number when no older transaction can add one before it
  xid xid8 not null default pg_current_xact_id(),
  number bigint
);
create unique index audit_number on hub.audit (number) where number is not null;
create index audit_unnumbered on hub.audit (xid) where number is null;
create index audit_time on hub.audit (at, id);
create index audit_order_time on hub.audit (at, id) where way <> 'hub';
create index audit_act on hub.audit (act, at);
create index audit_targets on hub.audit using gin (targets);

-- What can be erased, by deleting the row: who it was in their own words, why, and what else names people.
create table hub.audit_note (
  audit text collate "C" primary key references hub.audit (id),
  -- goes with the words: with it alone short words could be found by trying
  salt text not null,
  -- a JSON object, as it was hashed
  words text not null
);

create function hub.keep_audit() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'audit' then
    -- Its number, once.
    if old.number is null and new.number is not null
      and to_jsonb(new) - 'number' = to_jsonb(old) - 'number' then return new; end if;
  end if;
  raise exception 'hub.% only grows: % is refused', tg_table_name, lower(tg_op) using errcode = 'BH002';
end $$;
create trigger audit_grows before update or delete on hub.audit for each row execute function hub.keep_audit();
create trigger audit_stays before truncate on hub.audit for each statement execute function hub.keep_audit();
create trigger audit_note_same before update on hub.audit_note for each row execute function hub.keep_audit();
create trigger audit_note_stays before truncate on hub.audit_note for each statement execute function hub.keep_audit();

-- Writes one act, in the transaction of its caller, and returns its id. `entry`: id, actor, role, way, act, targets,
-- facts, words, planHash, result, requestId; what is absent is as the table has it.
create function hub.write_audit(entry jsonb) returns text
language plpgsql
as $$
declare
  of_id text := coalesce(entry ->> 'id', 'aud_' ||
    lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') ||
    left(replace(gen_random_uuid()::text, '-', ''), 20));
  said text := nullif(jsonb_strip_nulls(coalesce(nullif(entry -> 'words', 'null'), '{}')), '{}')::text;
  salt text := gen_random_uuid()::text;
begin
  insert into hub.audit (id, actor, role, way, act, targets, facts, plan_hash, result, request_id, note)
  values (of_id, entry ->> 'actor', entry ->> 'role', entry ->> 'way', entry ->> 'act',
    array(select jsonb_array_elements_text(coalesce(entry -> 'targets', '[]'))), coalesce(entry -> 'facts', '{}'),
    entry ->> 'planHash', coalesce(entry ->> 'result', 'done'), entry ->> 'requestId', hub.hash_words(salt, said));
  if said is not null then insert into hub.audit_note (audit, salt, words) values (of_id, salt, said); end if;
  return of_id;
end $$;

-- Null where there are no words.
create function hub.hash_words(salt text, words text) returns text
language sql stable strict
return encode(sha256(convert_to(salt || words, 'UTF8')), 'hex');

-- Writes a decision of the hub's own.
create function hub.write_decision(act text, targets text[], facts jsonb, words jsonb) returns text
language sql
return hub.write_audit(jsonb_build_object('actor', 'hub', 'role', 'hub', 'way', 'hub', 'act', act,
  'targets', to_jsonb(targets), 'facts', jsonb_strip_nulls(facts), 'words', words));

-- The acts with what is left of their words. `by`: the name that was given, or else whom the surface vouches for.
-- `words`: `none`; `kept`, and proven by the hash; `changed`: they are not those of the row; `erased`.
create view hub.audit_entry as
select a.id, a.at, a.actor, a.role, a.way, a.act, a.targets, a.facts || coalesce(n.words::jsonb - '{by,reason}'::text[], '{}') as facts,
  coalesce(n.words::jsonb ->> 'by', a.actor) as by, n.words::jsonb ->> 'reason' as reason, a.plan_hash, a.result,
  a.request_id, a.note, a.number,
  case when a.note is null then 'none' when n.audit is null then 'erased'
    when hub.hash_words(n.salt, n.words) = a.note then 'kept' else 'changed' end as words
from hub.audit a left join hub.audit_note n on n.audit = a.id;

-- What hub.operator_order held comes over as it was. It says not whether `ordered_by` was a name that was given.
with old as materialized (
  select o.*, gen_random_uuid()::text as salt,
    jsonb_strip_nulls(jsonb_build_object('by', o.ordered_by, 'reason', o.reason, 'pausedReason', o.facts -> 'pausedReason')
      || case when o.facts ->> 'target' like '%@%' then jsonb_build_object('target', o.facts -> 'target') else '{}' end)::text as said
  from hub.operator_order o
), taken as (
  insert into hub.audit (id, at, actor, role, way, act, targets, facts, note)
  select id, ordered_at, 'unknown', 'administrator', 'cli', kind, about, facts - array(select jsonb_object_keys(said::jsonb)),
    hub.hash_words(salt, said)
  from old
  returning id
)
insert into hub.audit_note (audit, salt, words) select old.id, old.salt, old.said from old join taken using (id);

-- Older versions read and write the orders under this name: there is one table for both.
drop table hub.operator_order;
create view hub.operator_order as
select id, act as kind, targets as about, facts, reason, by as ordered_by, at as ordered_at
from hub.audit_entry where way <> 'hub';

create function hub.take_order() returns trigger
language plpgsql
as $$
begin
  perform hub.write_audit(jsonb_build_object('id', new.id, 'actor', 'unknown', 'role', 'administrator', 'way', 'cli',
    'act', new.kind, 'targets', to_jsonb(coalesce(new.about, '{}')), 'facts', coalesce(new.facts, '{}') - 'pausedReason',
    'words', jsonb_build_object('by', new.ordered_by, 'reason', new.reason, 'pausedReason', new.facts -> 'pausedReason')));
  return new;
end $$;
create trigger operator_order_taken instead of insert on hub.operator_order
for each row execute function hub.take_order();

-- As `hub.settle_together`, for settlements among which are decisions of the hub's own: `decisions` of each, and those
-- that follow from `reversed`. What was decided before is not decided again: of that the journal is asked under the
-- lanes' locks, before the settlements are written. Those that decide nothing do not come here.
create function hub.settle_decided(settlements jsonb, release boolean) returns text[]
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  keys text[] := array(select h ->> 'key' from jsonb_array_elements(settlements) r, jsonb_array_elements(r -> 'held') h);
  decided jsonb;
  lost text[];
begin
  perform set_config('lock_timeout', '500ms', true);
  perform l.key from hub.lane l where l.key = any (keys) order by l.key collate "C" for update;
  decided := (
    select jsonb_agg(d.entry || jsonb_build_object('lane', s.lane)) from jsonb_to_recordset(settlements) as s (
      lane text, person text, connector text, decisions jsonb
    ), lateral (select value as entry from jsonb_array_elements(s.decisions)) d
    where d.entry ->> 'act' <> 'held' or not hub.was_held(s.lane, s.person, s.connector, d.entry));
  decided := coalesce(decided, '[]') || coalesce((
    select jsonb_agg(jsonb_build_object('lane', s.lane, 'act', 'contested', 'person', s.person, 'connector', s.connector))
    from jsonb_to_recordset(settlements) as s (lane text, person text, connector text, reversed jsonb)
    where s.reversed is not null and not hub.is_contested(s.person, s.connector)), '[]');
  lost := hub.settle_together(settlements, release);
  perform case r.act
      when 'contested' then hub.write_decision(r.act, array[r.person, r.connector],
        jsonb_build_object('connector', r.connector), '{}')
      else hub.write_decision(r.act, r.targets, r.facts, r.words) end
  from jsonb_to_recordset(decided) as r (
    lane text, act text, person text, connector text, targets text[], facts jsonb, words jsonb
  )
  where r.lane <> all (lost) and (r.act <> 'contested' or hub.is_contested(r.person, r.connector));
  return lost;
end $$;

-- Whether a person's change stands stopped already, for the same cause: then a run that stops it again decides nothing.
create function hub.was_held(of_lane text, of_person text, of_connector text, entry jsonb) returns boolean
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  if entry -> 'hold' is not null then
    return exists (select 1 from hub.hold h where h.person = of_person and h.connector = of_connector
      and h.direction = entry -> 'hold' ->> 'direction' and h.why = entry -> 'hold' ->> 'why'
      and h.status_changed_at is not distinct from (entry -> 'hold' ->> 'statusChangedAt')::timestamptz);
  end if;
  return exists (
    select 1 from hub.delivery d where d.lane = of_lane and d.status = 'held' and d.collapsed_into is null
      and d.code = entry -> 'facts' ->> 'code' and coalesce(entry -> 'users', '[]') = (
        select coalesce(jsonb_agg(c.target order by c.target), '[]') from (
          select a.conflicts from hub.attempt a where a.delivery_id = d.id order by a.started_at desc, a.id desc limit 1
        ) newest, jsonb_to_recordset(newest.conflicts) as c (target text)));
end $$;
