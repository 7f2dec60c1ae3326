-- works with: 6
-- People are searched by the beginning of what they were seen under: a range, which only the collation C has.
create index sighting_begins on hub.sighting ((hub.fold_email(value) collate "C"));
