-- works with: 6
-- Done is not for ever: when each person's targets at a connector are looked at again, and what others undid.

create table hub.verification (
  person text collate "C" not null references hub.person (id),
  connector text not null,
  -- when each look is due; null: not any more
  ids_at timestamptz,
  search_at timestamptz,
  grants_at timestamptz,
  due_at timestamptz generated always as (least(ids_at, search_at, grants_at)) stored,
  -- queued then, and not settled yet
  asked_at timestamptz,
  -- when all that was looked at here was last seen to be as the authority says
  seen_at timestamptz,
  primary key (person, connector)
);
create index verification_due on hub.verification (connector, due_at) where due_at is not null;
create index verification_asked on hub.verification (connector) where asked_at is not null;

-- Each time that a verification locked out anew what others had opened.
create table hub.reversal (
  person text collate "C" not null references hub.person (id),
  connector text not null,
  target text not null,
  at timestamptz not null default now()
);
create index reversal_person on hub.reversal (person, connector, at);

-- An operator's word that a person's block may stay lifted for a while: who said so, when and why. Never changed.
create table hub.exception (
  id text collate "C" primary key,
  person text collate "C" not null references hub.person (id),
  until timestamptz not null,
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index exception_person on hub.exception (person, ordered_at);

create index access_grant_ended on hub.access_grant (ended_at) where ended_at is not null;
create index person_denied on hub.person (id) where denied_at is not null;

-- The time since when a person is out: the authority's word for it, or else when the hub first read it.
create function hub.left_at(state jsonb, denied_at timestamptz) returns timestamptz
language sql stable parallel safe
return case when state ->> 'statusChangedAt' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'
  then least((state ->> 'statusChangedAt')::timestamptz, now()) else coalesce(denied_at, now()) end;

-- How long until the next look, up to a tenth less, so that those of one hour do not all come at once.
create function hub.next_look(look text, left_at timestamptz) returns interval
language sql volatile parallel safe
return (1 - random() / 10) * case
  when look = 'ids' and left_at > now() - interval '7 days' then interval '1 hour'
  when look = 'ids' and left_at > now() - interval '30 days' then interval '1 day'
  when look = 'search' and left_at > now() - interval '7 days' then interval '1 day'
  when look = 'grants' then interval '1 day'
  else interval '7 days'
end;

-- Others have undone the block of this person again and again, or an operator said that it may stay lifted: the
-- connector writes its flag, and leaves the block.
create function hub.is_contested(of_person text, of_connector text) returns boolean
language sql stable parallel safe
return exists (select 1 from hub.exception x where x.person = of_person and x.until > now())
  or (select count(*) >= 3 from hub.reversal r where r.person = of_person and r.connector = of_connector
    and r.at > now() - interval '7 days'
    and not exists (select 1 from hub.exception x where x.person = of_person and x.ordered_at >= r.at));
