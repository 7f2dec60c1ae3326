-- works with: 6
-- What was answered to a request of the API that orders something and named a key: the same key is answered the same.
create table hub.request_key (
  -- the token that asked: a key of one is nothing to another
  caller text collate "C" not null,
  key text collate "C" not null,
  -- SHA-256 of the method, the path and the body
  request text collate "C" not null,
  -- null: under way, or the hub died before it answered
  status integer,
  answer jsonb,
  at timestamptz not null default now(),
  primary key (caller, key),
  constraint request_key_answer check ((status is null) = (answer is null))
);
create index request_key_at on hub.request_key (at);
