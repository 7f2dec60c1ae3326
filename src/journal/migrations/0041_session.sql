-- works with: 6
-- Sessions of people who signed in. What a browser holds is nowhere: its SHA-256 is.
create table hub.session (
  id text collate "C" primary key,
  hash text collate "C" not null unique check (hash ~ '^[0-9a-f]{64}$'),
  way text not null constraint session_way check (way in ('oidc', 'link', 'break_glass')),
  -- who it is at the issuer of an OpenID Connect sign-in; null: a way in that needs no issuer
  issuer text,
  subject text,
  -- the stable id under which acts stand on record: of the person, of the issuer's subject, or the system's user
  account text collate "C" not null,
  -- the person whose session it is, by source and authority id: it is refused when they are denied; null: unbound
  source text,
  authority_id text,
  -- words for people to read, which can be erased: no right follows from them
  name text,
  email text,
  role text not null constraint session_role check (role in ('viewer', 'auditor', 'operator', 'admin')),
  -- when the issuer last said which role it is; null: no issuer says so
  roles_read_at timestamptz,
  made_at timestamptz not null default now(),
  -- noted once a minute at most
  last_used_at timestamptz,
  idle_seconds integer not null constraint session_idle check (idle_seconds between 60 and 86400),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  constraint session_life check (expires_at > made_at and expires_at <= made_at + interval '24 hours'),
  constraint session_identity check ((issuer is null) = (subject is null) and (issuer is null) = (way <> 'oidc')),
  constraint session_person check ((source is null) = (authority_id is null)),
  -- A subject of the issuer that is no person of the authority can only look, and not for long.
  constraint session_unbound check (
    way <> 'oidc' or source is not null
    or (role = 'viewer' and idle_seconds <= 900 and expires_at <= made_at + interval '1 hour')),
  constraint session_break_glass check (
    way <> 'break_glass' or (source is not null and role = 'operator' and expires_at <= made_at + interval '1 hour')),
  constraint session_end check ((ended_at is null) = (ended_by is null))
);
create index session_account on hub.session (account, made_at);
create index session_made_at on hub.session (made_at, id);
create index session_person_open on hub.session (source, authority_id, expires_at) where ended_at is null;

-- Links that open a session once, without an issuer. The text of a link is nowhere: its SHA-256 is.
create table hub.signin_link (
  id text collate "C" primary key,
  hash text collate "C" not null unique check (hash ~ '^[0-9a-f]{64}$'),
  kind text not null constraint signin_link_kind check (kind in ('link', 'break_glass')),
  role text not null constraint signin_link_role check (role in ('viewer', 'auditor', 'operator', 'admin')),
  -- for whom: of a break-glass link a person
  source text,
  authority_id text,
  -- free text, which can be erased
  reason text,
  -- the system's user who made it
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- it opens one session: this is set by the one update that uses it
  used_at timestamptz,
  constraint signin_link_life check (expires_at > made_at and expires_at <= made_at + interval '10 minutes'),
  constraint signin_link_person check (
    (source is null) = (authority_id is null) and (source is null) = (kind <> 'break_glass'))
);
