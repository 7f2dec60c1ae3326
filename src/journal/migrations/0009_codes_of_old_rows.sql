-- works with: 6
-- This migration alone reads sentences of old rows into codes. It is a step of its own, with row locks only: in one
-- transaction with the new column it would hold the lock of the whole table, and hooks would wait for all of it.
update hub.delivery d set code = read.code
from (
  select id, case
    when last_error like 'Protected: % An operator must release this denial.' then 'protected'
    when last_error like 'The brake stopped this earlier%'
      or last_error like 'More than % people would be % an operator must release it.' then 'brake'
    when last_error like '% The hub does not take that as a leaver.' then 'unknown_person'
    when last_error like 'Nobody has said what the status % means for a person''s access.' then 'unknown_status'
    when status = 'held' then 'conflict'
    when last_error like 'Cancelled by %' and kind = 'sync' then 'cancelled'
    when request is null then null
    when last_error like 'A trial of the hook:%' or request -> 'trial' is not null then 'trial'
    when last_error like 'Answered again: %' then 'answered_again'
    when last_error like 'Observing: %' then 'observing'
    when last_error like 'The intake fields do not fit.%' then 'wrong_fields'
    when status = 'failed' and kind in ('validate', 'preapprove') then 'no_answer'
    when last_error like 'Nobody has allowed %' then 'unmapped'
    when last_error like 'Not begun: %' then 'not_begun'
    when last_error in ('It was not begun in time, and a late grant never happens.',
      'Its sender has given up: a late grant never happens.') then 'late'
    when last_error = 'The person is locked out.' and status = 'superseded' then 'denied'
    when last_error = 'A lockout of the person was announced, and is not settled yet.' then 'leaving'
    when last_error = 'A later request took the same access away.' then 'revoked'
    when last_error = 'An earlier request to take the same access away is not done yet.' then 'waiting'
    when last_error in ('Read back: there is nothing to take away.', 'Read back: it had not landed.',
      'There is nothing to take away.') then 'not_landed'
    when last_error like 'It had landed, though its sender was told otherwise: %' then 'taken_away'
    when last_error = 'The access was over already.' then 'already_over'
    when last_error = 'Another grant gives the same access.' then 'given_elsewhere'
    when last_error = 'The person had it before.' then 'had_before'
  end as code
  from hub.delivery
  where last_error is not null or request -> 'trial' is not null
) read
where read.id = d.id and read.code is not null and d.code is null;
