-- works with: 6
-- Acts on many things: a set that is frozen when it is planned, the plan of each row, and what became of it.
create table hub.batch (
  id text collate "C" primary key,
  name text not null,
  act text not null,
  -- as it was asked, for people: the act never looks at it again
  filter jsonb not null,
  count integer not null default 0,
  -- distinct people in it
  people integer not null default 0,
  state text not null default 'planned' constraint batch_state
    check (state in ('planned', 'waiting', 'applying', 'paused', 'done', 'cancelled', 'expired')),
  made_by jsonb not null,
  made_at timestamptz not null default now(),
  -- not applied by then: it never is
  expires_at timestamptz not null,
  -- SHA-256 over the plans of all rows; null: not all of them are planned
  plan_hash text,
  reason text,
  -- rows a second
  pace integer not null default 50 constraint batch_pace check (pace between 1 and 1000),
  start_at timestamptz,
  -- who applied it first, and who did after them
  applied_by jsonb,
  applied_at timestamptz,
  seconded_by jsonb,
  -- all who must have applied it; null: not yet. A row whose plan is older than an hour by then is not carried out.
  approved_at timestamptz,
  -- applied by one alone, who has the machine or an emergency link, though two people had to
  overridden boolean not null default false,
  begun_at timestamptz,
  ended_at timestamptz,
  planned integer not null default 0,
  would_change integer not null default 0,
  nothing integer not null default 0,
  superseded integer not null default 0,
  cannot_tell integer not null default 0,
  carried_out integer not null default 0,
  came_back integer not null default 0,
  left_alone integer not null default 0,
  -- one process plans or carries out at a time
  lease_until timestamptz,
  epoch bigint not null default 0,
  turn_at timestamptz not null default '-infinity'
);
create index batch_open on hub.batch (turn_at, id) where state in ('planned', 'waiting', 'applying');

create table hub.batch_row (
  batch text collate "C" not null references hub.batch (id) on delete cascade,
  ordinal integer not null,
  -- the id of the delivery or the person
  subject text collate "C" not null,
  -- rows of one lane are planned and carried out together: one would change what was planned for another
  lane text collate "C" not null,
  person text collate "C",
  connector text collate "C",
  plan text constraint batch_row_plan check (plan in ('would_change', 'nothing', 'superseded', 'cannot_tell')),
  -- why, where the plan alone does not say it
  code text,
  -- what would be changed: a list of connector, target, action, direction, summary, before and after
  changes jsonb not null default '[]',
  plan_hash text,
  planned_at timestamptz,
  result text constraint batch_row_result check (result in ('carried_out', 'changed', 'stale', 'unread', 'left_alone')),
  done_at timestamptz,
  primary key (batch, ordinal)
);
create index batch_row_unplanned on hub.batch_row (batch, ordinal) where planned_at is null;
create index batch_row_open on hub.batch_row (batch, ordinal) where result is null;
create index batch_row_lane on hub.batch_row (batch, lane);
