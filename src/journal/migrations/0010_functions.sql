-- works with: 6
-- Rules that several statements of the journal share.

-- A time inside of JSON, in the form that a column has for the hub: ISO text with milliseconds, cut off and not rounded.
create function hub.iso_time(moment timestamptz) returns text
language sql stable parallel safe
return to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- What tells one tenant of an application from another in a stored request: `instanceOf` in core/access.ts.
create function hub.instance_of(request json) returns text
language sql immutable parallel safe
return coalesce(request #>> '{request,application,instanceId}', request #>> '{request,application,id}');

-- The instance of which a stored request means all; null: it names what it means.
create function hub.whole_of(request json) returns text
language sql immutable parallel safe
return case when (request ->> 'whole')::boolean then hub.instance_of(request) end;

-- Whether a revoke takes something of a grant away: `isTakenBy` in core/access.ts.
create function hub.takes_away(whole text, accesses text[], given_instance text, given_accesses text[]) returns boolean
language sql immutable parallel safe
return accesses && given_accesses or whole = given_instance;
