-- What the report lists beside figures. Findings are few and old ones stay open, so all of them are looked at.
CREATE INDEX approval_finding ON approval (created_at) WHERE kind = 'finding';

-- Whether it came as its source delivers. 0: it was brought later, by a backfill, an ingested file or a replay, so that
-- when it arrived tells nothing of how fast the source is. NULL: it came before this was kept, and nobody knows.
ALTER TABLE sighting ADD COLUMN live INTEGER CHECK (live IN (0, 1));
