-- What stops a mistake upstream from becoming a massacre downstream.

-- People let through of late, reserved before the write: what the brake counts.
create table hub.brake_reservation (
  person text collate "C" not null,
  direction text not null check (direction in ('deny', 'allow')),
  reserved_at timestamptz not null default now(),
  -- let through as one of an expected wave: counts against that, not against everyday life
  expected boolean not null default false,
  primary key (person, direction)
);
create index brake_reservation_time on hub.brake_reservation (direction, reserved_at);

-- What an operator said: let these pass, end these, or expect a wave. Never changed.
create table hub.brake_order (
  id text collate "C" primary key,
  kind text not null check (kind in ('release', 'cancel', 'expect')),
  direction text check (direction in ('deny', 'allow')),
  -- release and cancel: one person; null: everybody held then
  person text collate "C",
  -- how many were released or cancelled, or are expected
  people integer not null,
  until timestamptz,
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index brake_order_time on hub.brake_order (ordered_at);

-- Who was stopped, and what an operator said of it. Ends when the person is as the authority says.
create table hub.hold (
  person text collate "C" not null,
  connector text not null,
  direction text not null check (direction in ('deny', 'allow')),
  why text not null check (why in ('brake', 'protected')),
  -- which change of status it was about: a cancelled denial stays cancelled until there is a newer one
  status_changed_at timestamptz,
  held_at timestamptz not null default now(),
  brake_order text collate "C" references hub.brake_order (id),
  primary key (person, connector, direction)
);

-- Break-glass and service accounts: never locked out without an operator.
create table hub.protected (
  source text not null,
  authority_id text not null,
  reason text not null,
  until timestamptz not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now(),
  primary key (source, authority_id)
);

alter table hub.lane
-- the last run only observed: whoever enforces must look again
add column observed_at timestamptz,
-- somebody was locked out on a hook alone: the next read of the authority decides
add column provisional_at timestamptz,
-- with the authority paused, the lane may be worked on for such a lockout from this time on; infinity: it was
add column provisional_next_at timestamptz not null default '-infinity';
create index lane_observed on hub.lane (key) where observed_at is not null;
