-- works with: 6
-- What operators order, of every kind in one place: who, what, of which deliveries, people or connectors, why, when.
-- Rows are never changed. What an order does stands elsewhere: in hub.brake_order, hub.protected, hub.exception.

create table hub.operator_order (
  id text collate "C" primary key,
  kind text not null,
  -- ids of deliveries, people and connectors
  about text[] not null default '{}',
  -- what else was said: until when, of how many people, which user
  facts jsonb not null default '{}',
  reason text,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index operator_order_about on hub.operator_order using gin (about);
create index operator_order_time on hub.operator_order (ordered_at, id);

-- hub.adoption and hub.connector_order were records alone: only older versions write them from now on.
insert into hub.operator_order (id, kind, about, facts, reason, ordered_by, ordered_at)
select id, kind, array_remove(array[person], null),
  jsonb_strip_nulls(jsonb_build_object('direction', direction, 'people', people, 'until', hub.iso_time(until))),
  reason, ordered_by, ordered_at
from hub.brake_order
union all
select id, 'adopt', array[person], jsonb_build_object('connector', connector, 'target', target), reason, ordered_by, ordered_at
from hub.adoption
union all
select id, kind, array[connector],
  jsonb_strip_nulls(jsonb_build_object('pausedSince', hub.iso_time(paused_since), 'pausedReason', paused_reason)),
  reason, ordered_by, ordered_at
from hub.connector_order
union all
select id, 'except', array[person], jsonb_build_object('until', hub.iso_time(until)), reason, ordered_by, ordered_at
from hub.exception
union all
select 'ord_' || md5(x.source || ' ' || x.authority_id), 'protect', array_remove(array[p.id], null),
  jsonb_build_object('source', x.source, 'authorityId', x.authority_id, 'until', hub.iso_time(x.until)),
  x.reason, x.ordered_by, x.ordered_at
from hub.protected x left join hub.person p on p.source = x.source and p.authority_id = x.authority_id;

-- A delivery that an operator dismissed has a code of its own.
alter table hub.delivery drop constraint delivery_code;
alter table hub.delivery add constraint delivery_code check (
  code in (
    'brake', 'protected', 'conflict', 'unknown_person', 'unknown_status', 'cancelled', 'dismissed', 'late', 'denied',
    'leaving', 'revoked', 'waiting', 'not_begun', 'not_landed', 'taken_away', 'answered_again', 'trial', 'observing',
    'unmapped', 'refused', 'wrong_fields', 'no_answer', 'already_over', 'given_elsewhere', 'had_before'
  )
) not valid;
