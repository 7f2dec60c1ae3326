-- works with: 6
-- A renewal that was under way when the run settled waited for the locks of the settlement, and leased its lanes anew
-- for nobody: the next news of that person waited for a lease to end. A lease that was given back is renewed no more.
create or replace function hub.renew(keys text[], epochs bigint[], lease_seconds double precision) returns boolean
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set enable_nestloop = on set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
set enable_memoize = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  renewed integer;
begin
  perform l.key from hub.lane l where l.key = any (keys) order by l.key collate "C" for update;
  update hub.lane l set lease_until = now() + make_interval(secs => lease_seconds)
  from unnest(keys, epochs) as held (key, epoch)
  where l.key = held.key and l.epoch = held.epoch and l.lease_until is not null;
  get diagnostics renewed = row_count;
  return renewed = cardinality(keys);
end $$;
