-- works with: 6
-- Sign-ins by OpenID Connect that began and are not over. What the browser holds is nowhere: its SHA-256 is.
create table hub.signin_start (
  hash text collate "C" primary key check (hash ~ '^[0-9a-f]{64}$'),
  -- where the browser goes in the end: a path of the hub's own
  goal text not null check (goal ~ '^/' and length(goal) <= 2000),
  -- asked without showing the issuer's page; if the issuer wants to show it, the sign-in begins anew
  silent boolean not null,
  expires_at timestamptz not null
);
create index signin_start_expires on hub.signin_start (expires_at);
