-- What stops a mistake upstream from becoming a massacre downstream.

-- People changed of late, reserved before the write: what the brake counts.
create table hub.brake_reservation (
  person text collate "C" not null references hub.person (id),
  direction text not null check (direction in ('deny', 'allow')),
  reserved_at timestamptz not null default now(),
  primary key (person, direction)
);
create index brake_reservation_time on hub.brake_reservation (direction, reserved_at);

-- What an operator said: let this person or all pass, or expect a wave.
create table hub.brake_order (
  id text collate "C" primary key,
  kind text not null check (kind in ('release', 'release_all', 'cancel', 'expect')),
  direction text check (direction in ('deny', 'allow')),
  person text collate "C" references hub.person (id),
  people integer,
  until timestamptz,
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index brake_order_time on hub.brake_order (ordered_at);

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
