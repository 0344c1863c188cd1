-- What the findings about a login told of already, each thing as the first sixteen bytes of its SHA-256
-- (src/app/dispute.cpp): what is told once is not told again, and what is new is.
CREATE TABLE disputed (
  login INTEGER NOT NULL REFERENCES event (id),
  what  BLOB    NOT NULL,
  PRIMARY KEY (login, what)
) STRICT, WITHOUT ROWID;
