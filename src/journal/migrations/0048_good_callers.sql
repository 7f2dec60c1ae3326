-- works with: 6
-- Whose tokens and sessions are good now: it is asked for each hook, and must not cost what is over.
create index if not exists token_good on hub.token (expires_at, source, authority_id)
  where revoked_at is null and source is not null;
create index if not exists session_good on hub.session (expires_at, source, authority_id)
  where ended_at is null and source is not null;
