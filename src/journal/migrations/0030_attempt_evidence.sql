-- works with: 6
-- Runs that a report of leavers has to see: of somebody who is denied, if anything was done, found or not got through; of
-- somebody who is allowed, if anything was changed. A look that finds a lockout as it should be is none of them.
create index if not exists attempt_evidence on hub.attempt (started_at)
where (state ->> 'access' = 'deny' and (outcome <> 'succeeded' or changes <> '[]' or conflicts <> '[]'))
or (state ->> 'access' = 'allow' and changes <> '[]');
