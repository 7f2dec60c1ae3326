-- works with: 6
-- How many alerts of each type were told in an hour (UTC), and how many were only recorded because there were too many.
create table hub.alert_hour (
  type text not null,
  hour timestamptz not null,
  told integer not null default 0,
  withheld integer not null default 0,
  -- when "and so many more" was told
  summed_at timestamptz,
  primary key (type, hour)
);
create index alert_hour_unsummed on hub.alert_hour (hour) where withheld > 0 and summed_at is null;
