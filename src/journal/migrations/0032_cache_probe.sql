-- works with: 6
-- Rows of a test whether a pooler answers a select from its cache. A row lives for that test alone.
create table hub.cache_probe (
  id text primary key,
  step integer not null,
  made_at timestamptz not null default now()
);
