-- What agents were asked to end, and what became of it. Times and text as in 0001.
CREATE TABLE containment (
  id           INTEGER NOT NULL PRIMARY KEY,
  approval     INTEGER NOT NULL REFERENCES approval (id),
  event        INTEGER NOT NULL REFERENCES event (id),
  host         TEXT    NOT NULL,
  agent        TEXT    NOT NULL,
  payload      TEXT    NOT NULL,  -- what is sent, byte for byte as signed
  signature    BLOB    NOT NULL,
  requested_by TEXT    NOT NULL,
  issued_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  outcome      TEXT    NOT NULL,  -- "": not reported yet; "expired": never was
  detail       TEXT    NOT NULL,
  reported_at  INTEGER
) STRICT;
CREATE INDEX containment_open     ON containment (host, agent) WHERE outcome = '';
CREATE INDEX containment_approval ON containment (approval);
