-- works with: 6
-- Alerts of what lasts: which are open, and whether it was told that they are over.
create table hub.alert (
  -- the event that opened it
  event_id text collate "C" primary key,
  type text not null,
  about text collate "C" not null,
  -- the delivery that it is about
  delivery text collate "C",
  -- false: only recorded, because enough of its type were told in the hour
  told boolean not null,
  opened_at timestamptz not null default now(),
  -- raised last
  seen_at timestamptz not null default now(),
  -- its cause is over since then
  over_at timestamptz,
  -- that was told
  resolved_at timestamptz
);
create unique index alert_open on hub.alert (type, about) where over_at is null;
create index alert_over on hub.alert (type, about) where over_at is not null;
create index alert_untold on hub.alert (over_at) where over_at is not null and resolved_at is null;
