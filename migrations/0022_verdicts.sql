-- What the findings about a login told of already, each thing as the first sixteen bytes of its SHA-256
-- (src/app/dispute.cpp): what is told once is not told again, and what is new is.
CREATE TABLE disputed (
  login INTEGER NOT NULL REFERENCES event (id),
  what  BLOB    NOT NULL,
  PRIMARY KEY (login, what)
) STRICT, WITHOUT ROWID;

-- What an agent's word on a span may change: those whose deadline it reaches, and few lie beyond it.
CREATE INDEX unsettled_deadline ON unsettled (host, deadline, since);
-- Those that only an arrival brings back, oldest first: they are let go in the end.
CREATE INDEX unsettled_old ON unsettled (deadline) WHERE due IS NULL;
