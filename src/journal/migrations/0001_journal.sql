-- The journal: what came in, whom it is about, what must be done about it, and what was done.
create schema if not exists hub;

create table hub.person (
  id text collate "C" primary key,
  source text not null,
  authority_id text not null,
  -- what the authority said last, and when it was asked
  state jsonb,
  state_read_at timestamptz,
  denied_at timestamptz,
  first_seen_at timestamptz not null default now(),
  unique (source, authority_id)
);

-- Where a person was seen: dated, not unique across people, never a merge.
create table hub.sighting (
  person text collate "C" not null references hub.person (id),
  kind text not null,
  connector text not null default '',
  value text not null,
  seen_at timestamptz not null default now(),
  primary key (person, kind, connector, value)
);
create index sighting_value on hub.sighting (lower(value));

-- Narrow, for ever: deduplication outlives the pruning of events.
create table hub.event_key (
  source text collate "C" not null,
  external_id text collate "C" not null,
  event_id text not null,
  primary key (source, external_id)
);

create table hub.event (
  id text collate "C" primary key,
  source text not null,
  external_id text not null,
  request_id text,
  type text not null,
  person text collate "C",
  time timestamptz not null,
  received_at timestamptz not null,
  trusted boolean not null default true,
  data jsonb,
  -- a body that PostgreSQL's jsonb refuses (a NUL, a lone surrogate) is kept as the bytes of its JSON text
  raw bytea
);
create index event_person on hub.event (person, time);
create index event_received on hub.event (received_at);

-- One queue row for one person at one connector. A lane `target:<connector>:<id>` only carries a lease.
create table hub.lane (
  key text collate "C" primary key,
  connector text not null,
  -- the connector that is asked for the person's state, when the lane needs one
  authority text,
  person text collate "C",
  next_at timestamptz,
  lease_until timestamptz,
  epoch bigint not null default 0,
  -- when another worker's lease was last found to have run out: that worker may still write for a while
  taken_over_at timestamptz
)
with (
  fillfactor = 60,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 200
);
create index lane_due on hub.lane (next_at) where next_at is not null;

create table hub.delivery (
  id text collate "C" primary key,
  seq bigint generated always as identity,
  event_id text collate "C" not null,
  lane text collate "C" not null,
  connector text not null,
  person text collate "C",
  kind text not null,
  direction text not null check (direction in ('deny', 'allow', 'neutral')),
  -- what the event's type suggests; the authority's state decides
  hint text not null check (hint in ('deny', 'allow', 'neutral')),
  event_time timestamptz not null,
  created_at timestamptz not null default now(),
  status text not null default 'pending' check (
    status in ('pending', 'succeeded', 'failed', 'superseded', 'held', 'contradicted', 'no_match', 'uncertain')
  ),
  attempts integer not null default 0,
  -- runs of a special kind so far: reads that came too early, plans that found nobody
  rechecks integer not null default 0,
  -- due when this has come; null: nothing is to be done. Retry, replay and a grant's end are this column.
  next_attempt_at timestamptz,
  next_trigger text not null default 'scheduled' check (next_trigger in ('scheduled', 'manual')),
  -- the newer delivery whose run stands for this one too
  collapsed_into text collate "C",
  settled_at timestamptz,
  answer jsonb,
  last_error text
)
with (fillfactor = 80);
create index delivery_open on hub.delivery (lane) where next_attempt_at is not null or status = 'pending';
create index delivery_collapsed on hub.delivery (collapsed_into) where collapsed_into is not null;
create index delivery_event on hub.delivery (event_id);
create index delivery_person on hub.delivery (person, created_at);
create index delivery_set_aside on hub.delivery (status, created_at)
where status in ('failed', 'held', 'contradicted', 'no_match', 'uncertain');

create table hub.attempt (
  id text collate "C" primary key,
  delivery_id text collate "C" not null,
  number integer not null,
  trigger text not null,
  started_at timestamptz not null,
  duration_ms double precision not null,
  outcome text not null,
  error text,
  -- what the authority said in this run
  state jsonb,
  changes jsonb not null default '[]',
  conflicts jsonb not null default '[]'
);
create index attempt_delivery on hub.attempt (delivery_id);

-- Changes that cannot be read back: remembered before the write, ticked only after the vendor's 2xx.
create table hub.owed (
  person text collate "C" not null references hub.person (id),
  connector text not null,
  target text not null,
  action text not null,
  change jsonb not null,
  since timestamptz not null default now(),
  done_at timestamptz,
  note text,
  primary key (person, connector, target, action)
);
create index owed_open on hub.owed (person, connector) where done_at is null;

-- What all processes must know of a connector at run time.
create table hub.connector (
  id text primary key,
  -- paused: nobody claims its lanes, but one delivery probes whenever this has come
  paused_until timestamptz,
  paused_since timestamptz,
  reason text
);

-- The fence: locks the lanes in one global order and refuses a worker whose lease somebody else has taken since.
create function hub.fence(held_keys text[], held_epochs bigint[]) returns void
language plpgsql as $$
declare
  found_count integer;
begin
  select count(*) into found_count
  from (
    select l.key
    from hub.lane l
    join unnest(held_keys, held_epochs) as held (key, epoch) on held.key = l.key and held.epoch = l.epoch
    order by l.key collate "C"
    for update of l
  ) locked;
  if found_count <> cardinality(held_keys) then
    raise exception 'the lease of % was lost', held_keys[1] using errcode = 'BH001';
  end if;
end
$$;
