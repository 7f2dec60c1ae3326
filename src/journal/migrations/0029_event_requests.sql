-- works with: 6
-- Events by the request that brought them. What both ids are made of is random: an entry of an index by them alone would
-- go to any page of it, so that each event would touch another page of an index of all times. The beginning of the event's
-- own id is its time, to 12 days: new entries go to the pages of these days, and `findEvents` asks for each of these spans.
create index if not exists event_trace on hub.event (left(id, 8), trace_id) where trace_id is not null;
create index if not exists event_request on hub.event (left(id, 8), request_id) where request_id is not null;
