-- works with: 6
-- Batches of other acts: what an act needs to know beside its rows, and the user that a row is about.
alter table hub.batch add column terms jsonb not null default '{}';
alter table hub.batch_row add column target text collate "C";
-- Since when the hub acts for a person though it observes others. Null: it does not yet.
alter table hub.person add column enforced_at timestamptz;
