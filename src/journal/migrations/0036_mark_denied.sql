-- works with: 6
-- Marks a person whom the authority denies as denied, with what it said: right after it was read, and before any plan.
-- False: the person is marked already, or the authority was read again since.
--
-- `of_lane`: the lane under whose lease it was read. Its epoch is read and not locked, because lanes are locked in the
-- order of their keys and before people. Who claims the lane after this look also reads the authority after it, and of
-- two reads the later one counts, whichever is written last.
create function hub.mark_denied(of_person text, of_state jsonb, read_at timestamptz, of_lane text, of_epoch bigint)
returns boolean
language plpgsql
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  if not exists (select 1 from hub.lane l where l.key = of_lane and l.epoch = of_epoch) then
    raise exception 'the lease of % was lost', of_lane using errcode = 'BH001';
  end if;
  update hub.person p set state = of_state, state_read_at = read_at, denied_at = now()
  where p.id = of_person and p.denied_at is null and (p.state_read_at is null or p.state_read_at <= read_at);
  return found;
end $$;
