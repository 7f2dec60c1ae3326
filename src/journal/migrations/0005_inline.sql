-- Inline hooks: requests that wait for an answer, and the access that was granted through them.

alter table hub.delivery
-- what was asked for, as the handlers get it: a rerun must not depend on who sends what by then
add column request jsonb,
-- which access it is about, one text for each application instance and permission
add column accesses text[],
-- after this the sender has given up: a grant is not begun any more
add column deadline_at timestamptz,
-- a grant whose vendor call may have landed
add column begun_at timestamptz,
-- targets that the person had before the grant was begun
add column had_before text[],
-- the same request, asked again
add column dedupe_key text,
-- the grants that this takes back when their time is over
add column grants text[];
create index delivery_dedupe on hub.delivery (dedupe_key, settled_at) where dedupe_key is not null;

alter table hub.attempt
-- what an inline kind would have answered, or did
add column answer jsonb;

-- What the hub gave to whom, through which request, until when.
create table hub.access_grant (
  id text collate "C" primary key,
  person text collate "C" not null references hub.person (id),
  connector text not null,
  source text not null,
  delivery_id text collate "C" not null,
  -- one of the delivery's accesses: application instance and permission
  access text not null,
  permission jsonb not null,
  request jsonb not null,
  granted_at timestamptz not null default now(),
  until timestamptz,
  -- the person had it already, and not from the hub: its end takes nothing away
  had_before boolean not null,
  ended_at timestamptz,
  ended_by text collate "C",
  end_reason text
);
create index access_grant_person on hub.access_grant (person, connector) where ended_at is null;
create index access_grant_access on hub.access_grant (connector, access);
create index access_grant_delivery on hub.access_grant (delivery_id);
