-- works with: 6
-- A scrape of the metrics reads the latest and the oldest look of each connector at the ends of an index.
create index verification_seen on hub.verification (connector, seen_at) where ids_at is not null;
