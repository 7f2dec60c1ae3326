-- works with: 6
-- What an operator needs of a bad day: one id from the hook to the calls that followed, and what went wrong in them.

-- the W3C trace id of the request that brought the event; 16 bytes as a uuid, where the text would be 33
alter table hub.event add column trace_id uuid;

alter table hub.attempt
-- the calls that a vendor refused or did not answer, as texts: method, address, status, the beginning of the answer
add column calls jsonb,
-- where a fault of the connector's own code stands
add column stack text;
