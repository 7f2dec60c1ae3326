-- works with: 6
-- Due denials are claimed before everything else, across people, and no connector holds up another.

alter table hub.lane
-- when the first of its deliveries with the hint deny falls due; null: none waits. Never before next_at.
add column deny_next_at timestamptz,
-- made for somebody whom no hub had read at the authority: after those who are known
add column unread boolean not null default false;

-- Lanes are claimed by groups: connector, authority, and whether the person was ever read.
create index lane_group_due on hub.lane (connector, (coalesce(authority, '')), unread, next_at)
where next_at is not null;
create index lane_group_deny on hub.lane (connector, (coalesce(authority, '')), unread, deny_next_at)
where deny_next_at is not null;

-- An older hub computes next_at alone. What it leaves in deny_next_at would be due for ever, and walked over at every
-- claim; this moves it on, so that a lane is at worst claimed as a denial once more.
create function hub.move_deny_next_at() returns trigger
language plpgsql as $$
begin
  new.deny_next_at := new.next_at;
  return new;
end
$$;
create trigger lane_deny_next_at before update of next_at on hub.lane
for each row when (new.deny_next_at < new.next_at or (new.next_at is null and new.deny_next_at is not null))
execute function hub.move_deny_next_at();

update hub.lane l set deny_next_at = greatest(waiting.deny_at, l.next_at)
from (
  select d.lane, min(d.next_attempt_at) as deny_at from hub.delivery d
  where d.next_attempt_at is not null and d.hint = 'deny' group by d.lane
) waiting
where l.key = waiting.lane and l.next_at is not null;

-- What an operator said of a connector: go on with it. Never changed.
create table hub.connector_order (
  id text collate "C" primary key,
  connector text not null,
  kind text not null check (kind in ('resume')),
  -- whether it was paused then, since when and why
  paused_since timestamptz,
  paused_reason text,
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index connector_order_time on hub.connector_order (ordered_at);
