-- works with: 6
-- What is kept when events are pruned, and what keeps a person's data from being erased.

-- One row for each leaving, each request and each grant whose rows were pruned. Ids, codes and times: no names.
create table hub.evidence (
  id text collate "C" primary key,
  kind text not null constraint evidence_kind check (kind in ('leaving', 'request', 'grant')),
  person text collate "C",
  connector text not null,
  -- by which event and delivery; a grant: by the delivery that gave it
  event_id text,
  delivery_id text,
  -- a leaving: since when the person is out by the authority's word; else when it was asked for or given
  begun_at timestamptz not null,
  heard_at timestamptz not null,
  -- when the authority was read as denying, when the lockout was written, and when that was read back
  read_at timestamptz,
  done_at timestamptz,
  read_back_at timestamptz,
  -- a leaving: when the authority was read as allowing again; a grant: when it ended
  ended_at timestamptz,
  facts jsonb not null default '{}',
  written_at timestamptz not null default now()
);
create index evidence_person on hub.evidence (person, connector);
create index evidence_begun on hub.evidence (kind, begun_at);
create index evidence_heard on hub.evidence (heard_at);

-- What concerns these people is not erased, whoever asks.
create table hub.legal_hold (
  person text collate "C" primary key references hub.person (id),
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);

-- The events that share the body of another one: rare, and looked for before a body is deleted.
create index if not exists event_part_of on hub.event (part_of) where part_of is not null;

-- A stored request without what a person wrote or is called. Its empty e-mail says that it cannot be carried out again.
create function hub.strip_request(request json) returns json
language sql immutable parallel safe
return case when request is not null then jsonb_set(request::jsonb, '{request}',
  coalesce(request::jsonb -> 'request', '{}') || '{"subject": {"email": "", "givenName": null, "familyName": null},
    "comment": null, "taskUrl": null, "fields": null}')::json end;

-- What an authority said of a person, without what they are called. `erased`: names that are read later are not kept.
create function hub.strip_state(state jsonb) returns jsonb
language sql immutable parallel safe
return case when state is not null
  then (state - array['memory', 'doubt']) || '{"emails": [], "logins": [], "erased": true}' end;

-- Changes or conflicts of an attempt, without sentences, values and ids that are e-mails. That there was a note stays: it
-- says that something was done in part.
create function hub.strip_targets(changes jsonb) returns jsonb
language sql immutable parallel safe
return (select coalesce(jsonb_agg((c.change - array['before', 'after', 'error'])
    || case when c.change ? 'summary' then '{"summary": ""}'::jsonb else '{}' end
    || case when c.change ? 'reason' then '{"reason": ""}'::jsonb else '{}' end
    || case when c.change ->> 'note' is not null then '{"note": "erased"}'::jsonb else '{}' end
    || case when c.change ->> 'target' like '%@%' then '{"target": "erased"}'::jsonb else '{}' end
  order by c.place), '[]') from jsonb_array_elements(changes) with ordinality as c (change, place));
