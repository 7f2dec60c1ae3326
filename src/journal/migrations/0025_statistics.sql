-- works with: 6
-- What still depends on statistics, the lists for operators above all, gets them early, and vacuum comes before a
-- table of millions has grown by a fifth. Pages that are written from now on keep room for rows that change.
alter table hub.event set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table hub.event_key set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table hub.attempt set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table hub.delivery set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02
);
alter table hub.person set (
  fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02
);
alter table hub.sighting set (
  fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02
);
alter table hub.verification set (
  fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02
);
alter table hub.lane set (autovacuum_analyze_scale_factor = 0.02);
