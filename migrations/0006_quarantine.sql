-- What no rule understood, by program and shape (src/core/shape.hpp), with what reading it again takes.
-- n: ever quarantined; kept: in quarantine now; dropped: for want of room.
CREATE TABLE quarantine_shape (
  id       INTEGER NOT NULL PRIMARY KEY,
  program  TEXT    NOT NULL,
  shape    TEXT    NOT NULL,
  why      TEXT    NOT NULL,  -- the newest message's
  n        INTEGER NOT NULL,
  kept     INTEGER NOT NULL,
  dropped  INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_shape_name ON quarantine_shape (program, shape);
CREATE INDEX quarantine_shape_kept ON quarantine_shape (kept) WHERE kept > 0;

CREATE TABLE quarantine_total (
  one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  kept  INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO quarantine_total (one, kept, bytes)
  SELECT 1, count(*), ifnull(sum(length(CAST(message AS BLOB))), 0) FROM quarantined;

-- replay: 0 can't be (unreadable, cut, or the source may not speak for its host), 1 for its own host, 2 for any.
-- shape is NULL for what was quarantined before shapes were kept.
ALTER TABLE quarantined ADD COLUMN pid INTEGER;
ALTER TABLE quarantined ADD COLUMN provider_id TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantined ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
ALTER TABLE quarantined ADD COLUMN witness TEXT NOT NULL DEFAULT 'log';
ALTER TABLE quarantined ADD COLUMN replay INTEGER NOT NULL DEFAULT 0 CHECK (replay BETWEEN 0 AND 2);
ALTER TABLE quarantined ADD COLUMN shape INTEGER REFERENCES quarantine_shape (id);
CREATE INDEX quarantined_shape ON quarantined (shape, id) WHERE shape IS NOT NULL;
CREATE UNIQUE INDEX quarantined_source ON quarantined (source, provider_id, digest) WHERE provider_id <> '';

-- The sums stay right whoever deletes: a replay, the bound, retention.
CREATE TRIGGER quarantined_kept AFTER INSERT ON quarantined BEGIN
  UPDATE quarantine_total SET kept = kept + 1, bytes = bytes + length(CAST(NEW.message AS BLOB));
  UPDATE quarantine_shape SET kept = kept + 1 WHERE id = NEW.shape;
END;
CREATE TRIGGER quarantined_gone AFTER DELETE ON quarantined BEGIN
  UPDATE quarantine_total SET kept = kept - 1, bytes = bytes - length(CAST(OLD.message AS BLOB));
  UPDATE quarantine_shape SET kept = kept - 1 WHERE id = OLD.shape;
END;
DELETE FROM counter WHERE name = 'store.quarantined';
DELETE FROM counter_hour WHERE name = 'store.quarantined';
