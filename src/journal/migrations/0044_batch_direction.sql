-- works with: 6
-- Batches of held people: which way the change goes that is held.
alter table hub.batch_row add column direction text constraint batch_row_direction check (direction in ('deny', 'allow'));
