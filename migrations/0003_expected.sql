-- Expected changes announced at run time, and the trust of "yes, and the same for 8 h".
-- network: CIDR, '' for any. made_from: the approval a trust came of, NULL for an announced change.
CREATE TABLE expected (
  id        INTEGER NOT NULL PRIMARY KEY,
  trust     INTEGER NOT NULL CHECK (trust IN (0, 1)),
  person    TEXT    NOT NULL,  -- whose logins alone; '' anybody's
  account   TEXT    NOT NULL,
  host      TEXT    NOT NULL,
  network   TEXT    NOT NULL,
  key       TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  author    TEXT    NOT NULL,
  via       TEXT    NOT NULL,
  made_from INTEGER REFERENCES approval (id),
  starts    INTEGER NOT NULL,
  ends      INTEGER NOT NULL,
  ended_at  INTEGER,           -- before its time; NULL: it ends by itself
  ended_by  TEXT    NOT NULL
) STRICT;
CREATE INDEX expected_current ON expected (ends) WHERE ended_at IS NULL;

-- Until when the decision also speaks for the same again.
ALTER TABLE decision ADD COLUMN trusted_until INTEGER;

-- What Slack said of a user when it was last asked. standing: '' reachable, else why not.
CREATE TABLE slack_user (
  id         TEXT    NOT NULL PRIMARY KEY,
  checked_at INTEGER NOT NULL,
  standing   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
