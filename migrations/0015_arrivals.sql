-- When each source was last heard of each host ('' of any at all), and how often it usually speaks: core::Rhythm, 48
-- hours of longest, longest before, count, count before as 4 bytes each, big-endian. `silence` is the finding that its
-- present silence led to, at `said`.
CREATE TABLE arrival (
  source  TEXT    NOT NULL,
  host    TEXT    NOT NULL,
  first   INTEGER NOT NULL,
  heard   INTEGER NOT NULL,
  period  INTEGER NOT NULL,
  rhythm  BLOB    NOT NULL,
  silence INTEGER REFERENCES approval (id),
  said    INTEGER NOT NULL,
  PRIMARY KEY (source, host)
) STRICT, WITHOUT ROWID;
