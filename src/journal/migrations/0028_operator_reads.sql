-- works with: 6
-- What operators ask is reached by an index, however large the journal is. `if not exists`: on a large journal each of
-- these can be made beforehand, one by one and concurrently, so that nobody waits for this step (docs/operations.md).

-- The newest of a status first, and a count of a status that stops at its limit. `status || ''` here, and `kind || …`
-- below, so that no plan of the functions of 0023 is led to these: while the table is small, an index of all that is held
-- looks as good as one of its lanes, and such a plan is kept.
create index if not exists delivery_set_aside_by_id on hub.delivery ((status || ''), id)
where status || '' in ('failed', 'held', 'contradicted', 'no_match', 'uncertain');
-- Who left within a period: whose leaving was announced in it, and who was read as denied since it began.
create index if not exists delivery_denying on hub.delivery (event_time) where kind || ' ' || hint = 'sync deny';
create index if not exists person_denied_at on hub.person (denied_at) where denied_at is not null;
-- What was asked for somebody by an inline hook, also where nobody is known by that e-mail.
create index if not exists delivery_asked_email on hub.delivery (hub.fold_email(request #>> '{request,subject,email}'))
where request is not null;
-- Users that operators adopted for somebody, at one connector.
create index if not exists sighting_adopted on hub.sighting (connector, value) where kind = 'adopted';
create index if not exists reversal_at on hub.reversal (at);
-- The accounts that looks left alone, by the end of the alert's id, which is the person's.
create index if not exists event_key_new_account on hub.event_key (right(external_id, 37))
where source = 'hub' and external_id >= 'hub.alert.new_account:' and external_id < 'hub.alert.new_account;';
