-- The audit chain's other half: what the daily roots are made of, and spans of the report that were sealed.

-- Sightings in order of arrival: a day's are those whose ids the day gave.
CREATE INDEX sighting_id ON sighting (id);

-- When the verdict changed last; NULL: not since this column is here.
ALTER TABLE event ADD COLUMN judged_at INTEGER;

-- A span whose report is fixed. as_of: before the figures were read. waiting: logins that had no verdict yet.
CREATE TABLE seal (
  id      INTEGER NOT NULL PRIMARY KEY,
  from_at INTEGER NOT NULL,
  to_at   INTEGER NOT NULL,
  as_of   INTEGER NOT NULL,
  made_by TEXT    NOT NULL,
  waiting INTEGER NOT NULL,
  head    BLOB    NOT NULL,  -- the audit chain's when the figures were read; empty: it had no entry
  entries INTEGER NOT NULL,
  digest  BLOB    NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of its JSON
  UNIQUE (from_at, to_at)
) STRICT;

-- The report as it was sealed, byte for byte, in each of its forms.
CREATE TABLE seal_form (
  seal INTEGER NOT NULL REFERENCES seal (id),
  form TEXT    NOT NULL,
  body BLOB    NOT NULL,
  PRIMARY KEY (seal, form)
) STRICT;

-- What the service itself told the security channel, for the inbox.
CREATE INDEX notification_told ON notification (id) WHERE approval IS NULL AND target = 'security_channel';
