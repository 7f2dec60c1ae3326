-- works with: 6
-- An element that names several people is an event for each of them, and its body is stored once: with the first of
-- these events that was recorded. The others have no body of their own, and `part_of` names the one that has it.
alter table hub.event add column part_of text collate "C";

-- The body of an event: its own, or that of the event of which it is a part.
create function hub.body_of(own json, carrier text) returns json
language sql stable parallel safe
return case when carrier is null then own else (select e.data from hub.event e where e.id = carrier) end;
