-- What this hub knows of each source's news: whether it listened, and up to when everything was made good.
create table hub.source (
  id text primary key,
  known_since timestamptz not null default now(),
  -- a hub was running and listening at this time
  alive_at timestamptz,
  -- the last hook that carried a right secret
  heard_at timestamptz,
  -- everybody who changed up to this time was listed and queued
  resynced_to timestamptz,
  -- the last time every id known here was compared with the authority's full list
  compared_at timestamptz,
  -- one process at a time resyncs a source; the epoch tells it from one that was taken for dead
  lease_until timestamptz,
  epoch bigint not null default 0
);
