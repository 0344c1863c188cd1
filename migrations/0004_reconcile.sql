-- Logins held against an independent account of them.
ALTER TABLE event ADD COLUMN independent INTEGER NOT NULL DEFAULT 0;   -- matched by witnesses of different credentials
ALTER TABLE event ADD COLUMN reasons     TEXT    NOT NULL DEFAULT '';  -- the verdict's, in words
ALTER TABLE event ADD COLUMN finding     INTEGER REFERENCES approval (id);  -- that the verdict led to

-- Its time is that of its receipt, the source tells no other.
ALTER TABLE sighting ADD COLUMN arrival_stamped INTEGER NOT NULL DEFAULT 0;

-- What a sighting itself said. One that has no row here said what its event says.
CREATE TABLE account (
  sighting      INTEGER NOT NULL PRIMARY KEY,
  process       TEXT    NOT NULL,
  pid           INTEGER,
  namespace_pid TEXT    NOT NULL,
  user          TEXT    NOT NULL,
  address       TEXT    NOT NULL,
  port          INTEGER,
  method        TEXT    NOT NULL,
  key_type      TEXT    NOT NULL,
  key           TEXT    NOT NULL,
  certificate   TEXT    NOT NULL,
  serial        TEXT    NOT NULL,
  authority     TEXT    NOT NULL
) STRICT;

-- Logins of hosts with an agent whose verdict may still change. The kernel's witness must have watched from `since`
-- until `deadline`; the verdict is looked at again at `due` (NULL: when something arrives).
CREATE TABLE unsettled (
  event    INTEGER NOT NULL PRIMARY KEY REFERENCES event (id),
  host     TEXT    NOT NULL,
  since    INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  due      INTEGER
) STRICT;
CREATE INDEX unsettled_due  ON unsettled (due) WHERE due IS NOT NULL;
CREATE INDEX unsettled_host ON unsettled (host, since);

-- Which source speaks for which host as which witness, and what was learnt about it. Samples are spans of microseconds,
-- 8 bytes each, big-endian, oldest first.
CREATE TABLE stream (
  host     TEXT    NOT NULL,
  source   TEXT    NOT NULL,
  witness  TEXT    NOT NULL,
  first    INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  heard_at INTEGER NOT NULL,
  lag      BLOB    NOT NULL,
  offset   BLOB    NOT NULL,
  PRIMARY KEY (host, source, witness)
) STRICT, WITHOUT ROWID;

-- A host is believed until here.
CREATE TABLE first_root (
  host  TEXT    NOT NULL PRIMARY KEY,
  time  INTEGER NOT NULL,
  event INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Logins are found by host, address and port from here on, whoever they name: src/store/login_key.hpp. The keys of
-- those that are here are made anew when the store opens.
INSERT OR REPLACE INTO meta (name, value) VALUES ('login_keys', CAST('stale' AS BLOB));
