-- works with: 6
-- E-mails are compared as `foldEmail` in core/email.ts does: A–Z alone are folded, which `lower` does in the collation C.
-- In other collations `lower` also makes an ordinary k of the Kelvin sign, and one person of two.
create function hub.fold_email(text) returns text
language sql immutable parallel safe strict
return lower($1 collate "C");

-- `sighting_value`, over `lower(value)`, stays for the versions that ask by it.
create index sighting_folded on hub.sighting (hub.fold_email(value));
