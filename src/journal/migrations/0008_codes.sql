-- works with: 6
-- Programs decide by codes: English in the journal is for people only.

-- why a delivery stands where it stands; null: not known, or its status says it all
alter table hub.delivery add column code text;

-- Not checked against rows that are there: reading the whole table under a lock would stop a busy hub.
alter table hub.delivery
add constraint delivery_code check (
  code in (
    'brake', 'protected', 'conflict', 'unknown_person', 'unknown_status', 'cancelled', 'late', 'denied', 'leaving',
    'revoked', 'waiting', 'not_begun', 'not_landed', 'taken_away', 'answered_again', 'trial', 'observing', 'unmapped',
    'refused', 'wrong_fields', 'no_answer', 'already_over', 'given_elsewhere', 'had_before'
  )
) not valid,
add constraint delivery_kind check (
  kind in ('sync', 'on', 'provision', 'deprovision', 'preapprove', 'validate', 'resolve')
) not valid;

alter table hub.attempt
add constraint attempt_outcome check (
  outcome in (
    'succeeded', 'retry', 'permanent', 'credential', 'missing_right', 'held', 'too_early', 'contradicted', 'no_match',
    'observed', 'observing', 'superseded', 'uncertain', 'paused'
  )
) not valid;

-- The keys of `core/lane.ts` that SQL writes too.
create function hub.question_lane(connector text, delivery text) returns text
language sql immutable parallel safe
return connector || '/question:' || delivery;

create function hub.target_lane(connector text, target text) returns text
language sql immutable parallel safe
return 'target:' || connector || ':' || target;
