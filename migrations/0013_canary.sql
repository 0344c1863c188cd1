-- Canaries' logins and what carried them (src/core/canary.hpp); the newest hundred of each host. Times as in 0001.
CREATE TABLE canary_run (
  id          INTEGER NOT NULL PRIMARY KEY,
  host        TEXT    NOT NULL,
  user        TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  started_at  INTEGER NOT NULL,
  within      INTEGER NOT NULL,  -- microseconds
  kernel_owed INTEGER NOT NULL,
  login_at    INTEGER,           -- when ssh ended; NULL: it runs
  login_error TEXT    NOT NULL,  -- "": it logged in
  event       INTEGER,           -- NULL: not seen yet
  log_at      INTEGER,
  kernel_at   INTEGER,
  verdict     TEXT    NOT NULL,
  verdict_at  INTEGER,           -- when it was matched
  message     INTEGER,           -- NULL: none is owed
  message_at  INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX canary_run_host ON canary_run (host, id);
CREATE INDEX canary_run_open ON canary_run (id) WHERE finished_at IS NULL;
