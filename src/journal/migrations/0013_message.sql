-- works with: 6
-- A signed message of an inline hook: who remembers its id remembers when it first came and what it was answered.

-- The key of the hashes below: one for each database.
create table hub.message_key (
  one boolean primary key default true check (one),
  key bytea not null
);
insert into hub.message_key (key) select sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));

-- No content: `key` is a keyed hash of source, address and id, `body` one of the body's bytes.
create table hub.signed_message (
  key bytea primary key,
  body bytea not null,
  -- When the first copy came, by the clock of the hub that took it: as `hub.event.received_at`.
  first_at timestamptz not null,
  seen_at timestamptz not null default now(),
  -- Until then one copy is being worked on; `epoch` says by whom.
  lease_until timestamptz,
  epoch integer not null default 1,
  -- The delivery, or the event of what was not understood, that the newest copy led to.
  record text,
  -- The final answer: `done`, or the code of a refusal. Null: there is none yet.
  answer text
);
create index signed_message_seen on hub.signed_message (seen_at);
