-- works with: 6
-- The acts about any of these deliveries, people or connectors, by the one index that has them: a bitmap is the only way
-- into it, and what operators ask is kept from bitmaps.
create function hub.acts_about(ids text[]) returns table (id text)
language plpgsql stable rows 20
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_bitmapscan = on
set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query select a.id from hub.audit a where a.targets && ids;
end $$;
