-- Countersign's first schema. Ids are base/id.hpp's: 63 bits that rise with time, so a row lands at the end of its
-- table. Times are Unix microseconds, UTC. Text that is unknown is '', a number or reference that is none is NULL.
-- Numbers that stand for words (their words and static_asserts are in src/store/codes.hpp):
--   approval and event state: 0 pending, 1 approved, 2 denied, 3 expected
--   notification state:       0 pending, 1 sent, 2 failed, 3 cancelled
--   severity:                 0 normal, 1 high, 2 critical
--   act:                      0 approve, 1 deny, 2 wrong_person, 3 revise
--   timer kind:               0 escalate, 1 repeat, 2 page
PRAGMA application_id = 1129531214;  -- "CSGN"

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE approval (
  id           INTEGER NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL,
  state        INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
  person       TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  addressed_to TEXT    NOT NULL,
  reason       TEXT    NOT NULL,
  severity     INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 2),
  approvers    INTEGER NOT NULL,
  needs_reason INTEGER NOT NULL,
  escalated    INTEGER NOT NULL,
  taken_by     TEXT    NOT NULL,
  taken_until  INTEGER,
  created_at   INTEGER NOT NULL,
  burst        TEXT              -- NULL: closed
) STRICT;
CREATE INDEX approval_created ON approval (created_at);
CREATE INDEX approval_pending ON approval (created_at) WHERE state = 0;
CREATE INDEX approval_person  ON approval (person, created_at) WHERE person <> '';
CREATE INDEX approval_burst   ON approval (burst, created_at) WHERE burst IS NOT NULL;

CREATE TABLE event (
  id          INTEGER NOT NULL PRIMARY KEY,
  time        INTEGER NOT NULL,   -- @timestamp
  rule        TEXT    NOT NULL,   -- rule.id
  action      TEXT    NOT NULL,   -- event.action
  outcome     TEXT    NOT NULL,   -- event.outcome
  count       INTEGER NOT NULL,   -- event.count
  host        TEXT    NOT NULL,   -- host.name
  process     TEXT    NOT NULL,   -- process.name
  pid         INTEGER,            -- process.pid
  user        TEXT    NOT NULL,   -- user.name
  address     TEXT    NOT NULL,   -- source.ip
  port        INTEGER,            -- source.port
  method      TEXT    NOT NULL,   -- ssh.method
  key_type    TEXT    NOT NULL,   -- ssh.key.type
  key         TEXT    NOT NULL,   -- ssh.key.fingerprint
  certificate TEXT    NOT NULL,   -- ssh.certificate.id
  serial      TEXT    NOT NULL,   -- ssh.certificate.serial
  authority   TEXT    NOT NULL,   -- ssh.ca.fingerprint
  login       INTEGER,            -- src/store/login_key.hpp; NULL: not a login from an address and port
  verdict     TEXT    NOT NULL,
  news        TEXT    NOT NULL,
  approval    INTEGER REFERENCES approval (id),
  state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3)
) STRICT;
CREATE INDEX event_time     ON event (time);
CREATE INDEX event_user     ON event (user, time);
CREATE INDEX event_login    ON event (login) WHERE login IS NOT NULL;
CREATE INDEX event_approval ON event (approval) WHERE approval IS NOT NULL;

-- Any other field, by its ECS name.
CREATE TABLE event_field (
  event INTEGER NOT NULL REFERENCES event (id),
  name  TEXT    NOT NULL,
  value TEXT    NOT NULL,
  PRIMARY KEY (event, name)
) STRICT, WITHOUT ROWID;

-- Beside its event, so one look-up reads them all and new ones land at the end.
CREATE TABLE sighting (
  event       INTEGER NOT NULL REFERENCES event (id),
  id          INTEGER NOT NULL,
  witness     TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  provider_id TEXT    NOT NULL,
  digest      BLOB    NOT NULL,
  time        INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (event, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sighting_source ON sighting (source, provider_id, digest);

-- Of its own retention: gone, a sighting's line is empty. `sighting` is sighting.id.
CREATE TABLE raw_line (
  sighting INTEGER NOT NULL PRIMARY KEY,
  line     BLOB    NOT NULL
) STRICT;

CREATE TABLE quarantined (
  id          INTEGER NOT NULL PRIMARY KEY,
  source      TEXT    NOT NULL,
  host        TEXT    NOT NULL,
  program     TEXT    NOT NULL,
  message     TEXT    NOT NULL,
  why         TEXT    NOT NULL,
  time        INTEGER NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE first_seen (
  subject TEXT NOT NULL,
  kind    TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY (subject, kind, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
  id         INTEGER NOT NULL PRIMARY KEY,
  approval   INTEGER NOT NULL REFERENCES approval (id),
  decided_by TEXT    NOT NULL,
  act        INTEGER NOT NULL CHECK (act BETWEEN 0 AND 3),
  at         INTEGER NOT NULL,
  via        TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  settles    INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_approval ON decision (approval);

-- Added to a decision's record afterwards.
CREATE TABLE note (
  id       INTEGER NOT NULL PRIMARY KEY,
  decision INTEGER NOT NULL REFERENCES decision (id),
  noted_by TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  via      TEXT    NOT NULL,
  text     TEXT    NOT NULL
) STRICT;
CREATE INDEX note_decision ON note (decision);

-- What a decision spoke about. settles: 0 no, 1 it was the first, 2 it revised one that stood.
CREATE TABLE decision_event (
  decision INTEGER NOT NULL REFERENCES decision (id),
  event    INTEGER NOT NULL REFERENCES event (id),
  settles  INTEGER NOT NULL CHECK (settles BETWEEN 0 AND 2),
  PRIMARY KEY (decision, event)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX decision_event_first ON decision_event (event) WHERE settles = 1;

CREATE TABLE notification (
  id             INTEGER NOT NULL PRIMARY KEY,
  approval       INTEGER REFERENCES approval (id),  -- NULL: about the service itself
  purpose        TEXT    NOT NULL,
  target         TEXT    NOT NULL,  -- a person's name, security_channel, pager:NAME
  detail         TEXT    NOT NULL,  -- what it says, where it is about no approval
  state          INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
  revision       INTEGER NOT NULL,
  shown          INTEGER NOT NULL,
  attempts       INTEGER NOT NULL,          -- to deliver it for the first time
  failures       INTEGER NOT NULL,          -- since the last success
  due_at         INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  sent_at        INTEGER,          -- first
  edited_at      INTEGER,          -- last
  error          TEXT    NOT NULL,
  remote_channel TEXT    NOT NULL,
  remote_message TEXT    NOT NULL,
  owed           INTEGER CHECK (owed IN (1, 2)),  -- 1 the message, 2 an edit of it
  owed_since     INTEGER,
  lease_until    INTEGER,          -- NULL: not leased
  worker         TEXT    NOT NULL,
  fence          INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_approval ON notification (approval) WHERE approval IS NOT NULL;
CREATE INDEX notification_lane     ON notification (target, owed, id) WHERE owed IS NOT NULL;
CREATE INDEX notification_since    ON notification (owed_since) WHERE owed IS NOT NULL;
CREATE INDEX notification_leased   ON notification (target, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX notification_failed   ON notification (id) WHERE state = 2;

CREATE TABLE timer (
  at       INTEGER NOT NULL,
  id       INTEGER NOT NULL,
  approval INTEGER NOT NULL REFERENCES approval (id),
  kind     INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
  PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_approval ON timer (approval);

-- The secret a button bears is not kept, only its digest. events: ids of 8 bytes, big-endian.
CREATE TABLE button (
  token_digest BLOB    NOT NULL PRIMARY KEY,
  notification INTEGER NOT NULL REFERENCES notification (id),
  approval     INTEGER NOT NULL REFERENCES approval (id),
  events       BLOB    NOT NULL,
  target       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pass (
  digest   BLOB    NOT NULL PRIMARY KEY,
  kind     TEXT    NOT NULL,
  person   TEXT    NOT NULL,
  security INTEGER NOT NULL,
  expires  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pass_expires ON pass (expires);

-- A chain: hash = SHA-256 over the previous row's hash, the chain's id and this row (src/core/audit_chain.hpp).
CREATE TABLE audit (
  id     INTEGER NOT NULL PRIMARY KEY,
  at     INTEGER NOT NULL,
  kind   TEXT    NOT NULL,
  actor  TEXT    NOT NULL,
  detail TEXT    NOT NULL,
  hash   BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE counter (
  name TEXT    NOT NULL PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For reports. hour: hours since 1970, UTC.
CREATE TABLE counter_hour (
  name TEXT    NOT NULL,
  hour INTEGER NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (name, hour)
) STRICT, WITHOUT ROWID;

-- How far a source has been read: a tail's file and offset. Written with what was read up to there.
CREATE TABLE mark (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
