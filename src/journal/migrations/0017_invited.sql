-- works with: 6
-- An invitation is no access yet, and a full look at an authority is planned before it is done.

alter table hub.access_grant
-- when it was read back as an invitation that nobody has taken up; null: it was access, or is by now
add column invited_at timestamptz;
create index access_grant_invited on hub.access_grant (person, connector) where invited_at is not null and ended_at is null;

alter table hub.source
-- when everybody at the authority was first listed and planned, and when that was first carried out
add column full_look_at timestamptz,
add column full_applied_at timestamptz;
