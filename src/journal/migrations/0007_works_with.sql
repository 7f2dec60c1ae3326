-- works with: 6
-- The oldest code version that works with the schema after each step; null: only code that knows the step.
-- Databases made by the code of this step have the column from the start.
alter table hub.migration add column if not exists works_with integer;
