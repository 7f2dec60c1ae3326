-- An operator's word that a target user is this person's, whoever shut it: who said so, when and why.
create table hub.adoption (
  id text collate "C" primary key,
  person text collate "C" not null references hub.person (id),
  connector text not null,
  target text not null,
  reason text not null,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index adoption_person on hub.adoption (person, ordered_at);

-- conflicts are few, and looked for among all attempts
create index attempt_conflict on hub.attempt (delivery_id) where conflicts <> '[]';
