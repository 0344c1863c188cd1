-- Ways into a host that no witness watches, as its agent sees them. port: 0 where it is none's.
CREATE TABLE host_way (
  host       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  port       INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  gone_at    INTEGER,
  PRIMARY KEY (host, name, kind, port)
) STRICT, WITHOUT ROWID;
