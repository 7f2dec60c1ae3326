-- works with: 6
-- How far the listing of an authority's people has come: another process goes on where one was cut off.
create table hub.listing (
  source text not null,
  mode text not null check (mode in ('changed', 'since', 'full', 'plan', 'compare')),
  since timestamptz,
  -- When it was first tried, and when the pass over the list began that is under way.
  begun_at timestamptz not null,
  started_at timestamptz not null,
  kept_at timestamptz not null default now(),
  -- The authority's word for where the next page begins; null: the list is begun anew.
  position text,
  is_listed boolean not null default false,
  pages integer not null default 0,
  listed integer not null default 0,
  queued integer not null default 0,
  denied integer not null default 0,
  primary key (source, mode)
);

-- Who came in such a pass, where those are asked for who did not.
create table hub.listed (
  source text not null,
  mode text not null,
  authority_id text not null,
  primary key (source, mode, authority_id),
  foreign key (source, mode) references hub.listing on delete cascade
);

-- What one process does at a time, once in a while: when it is due again, and who has it meanwhile.
create table hub.chore (
  name text primary key,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  epoch bigint not null default 1,
  -- Where it goes on.
  state text
);
