-- Logins that a host's kernel saw and a log told of under another name: evidence that the name is the host's. `login` is
-- the kernel's event, `line` the log's; same_process: both bear the process's id, and it is the same.
CREATE TABLE told_elsewhere (
  login        INTEGER NOT NULL PRIMARY KEY REFERENCES event (id),
  line         INTEGER NOT NULL REFERENCES event (id),
  host         TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  source       TEXT    NOT NULL,
  time         INTEGER NOT NULL,
  same_process INTEGER NOT NULL
) STRICT;
CREATE INDEX told_elsewhere_pair ON told_elsewhere (name, host, time);
