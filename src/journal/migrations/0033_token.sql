-- works with: 6
-- Tokens by which programs ask. The text of a token is nowhere: its SHA-256 is.
create table hub.token (
  id text collate "C" primary key,
  hash text collate "C" not null unique check (hash ~ '^[0-9a-f]{64}$'),
  name text not null,
  -- who answers for what is done with it
  owner text not null,
  role text not null constraint token_role check (role in ('viewer', 'auditor', 'operator', 'admin')),
  -- the person whose token it is, by source and authority id: it is refused when they are denied
  source text,
  authority_id text,
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text,
  -- noted once a minute at most
  last_used_at timestamptz,
  constraint token_life check (expires_at > made_at and expires_at <= made_at + interval '2160 hours'),
  constraint token_person check ((source is null) = (authority_id is null)),
  constraint token_revoke check ((revoked_at is null) = (revoked_by is null))
);
create index token_made_at on hub.token (made_at, id);
