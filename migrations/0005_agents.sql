-- Agents: who they are, where their streams stand, what they could see. Times and text as in 0001.

-- Hosts that the configuration's [[agent]] names: expected to speak, also before they ever did.
CREATE TABLE agent_host (
  host TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE agent (
  host       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  public_key BLOB    CHECK (length(public_key) = 32),  -- NULL: a fixed token
  machine    TEXT    NOT NULL,
  version    TEXT    NOT NULL,
  boot       TEXT    NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL,
  removed_at INTEGER,
  silence    INTEGER REFERENCES approval (id),  -- the finding that says so; NULL: it speaks
  PRIMARY KEY (host, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_id        ON agent (id);
CREATE INDEX agent_machine   ON agent (machine) WHERE machine <> '';
CREATE UNIQUE INDEX agent_key ON agent (public_key) WHERE public_key IS NOT NULL AND removed_at IS NULL;

CREATE TABLE agent_stream (
  id            INTEGER NOT NULL PRIMARY KEY,
  host          TEXT    NOT NULL,
  agent         TEXT    NOT NULL,
  witness       TEXT    NOT NULL,
  sequence      INTEGER NOT NULL,
  digest        BLOB    NOT NULL,
  covered_until INTEGER,
  last_seen     INTEGER NOT NULL,
  disputed      INTEGER REFERENCES approval (id),
  UNIQUE (host, agent, witness)
) STRICT;

-- What the newest batches of a stream said, to tell one sent again from one forged.
CREATE TABLE agent_batch (
  stream   INTEGER NOT NULL REFERENCES agent_stream (id),
  sequence INTEGER NOT NULL,
  content  BLOB    NOT NULL,
  PRIMARY KEY (stream, sequence)
) STRICT, WITHOUT ROWID;

-- In which a witness saw everything; heartbeats extend the newest in place.
CREATE TABLE coverage_span (
  host     TEXT    NOT NULL,
  witness  TEXT    NOT NULL,
  from_at  INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  PRIMARY KEY (host, witness, from_at)
) STRICT, WITHOUT ROWID;

-- In which it was there and lost records, or is not believed.
CREATE TABLE coverage_loss (
  host     TEXT    NOT NULL,
  witness  TEXT    NOT NULL,
  from_at  INTEGER NOT NULL,
  why      TEXT    NOT NULL,
  until_at INTEGER NOT NULL,
  lost     INTEGER NOT NULL,
  PRIMARY KEY (host, witness, from_at, why)
) STRICT, WITHOUT ROWID;

-- "Was there a connection from that address and port?"
CREATE INDEX event_connection ON event (address, port, time) WHERE action = 'ssh_connection_start';
