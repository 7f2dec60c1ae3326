-- What is only kept and read whole is kept as it was written: to make jsonb of it took time with every hook.
alter table hub.event alter data type json using data::json;
alter table hub.delivery
alter request type json using request::json,
alter answer type json using answer::json;
alter table hub.attempt alter answer type json using answer::json;

-- Nobody looks for those who are nobody, nor for events by the time at which they came.
drop index hub.event_person;
create index event_person on hub.event (person, time) where person is not null;
drop index hub.delivery_person;
create index delivery_person on hub.delivery (person, created_at) where person is not null;

drop index hub.event_received;

-- Attempts are only ever looked up by their delivery.
alter table hub.attempt drop constraint attempt_pkey;
alter table hub.attempt add primary key (delivery_id, id);
drop index hub.attempt_delivery;
