-- Events that a source which asks nobody brought (a backfill, lines brought by hand). The first sighting by a source that
-- asks asks about them after all: `asked` is the id of that moment, from which on the feed has them. NULL: not yet.
CREATE TABLE unasked (
  event INTEGER NOT NULL PRIMARY KEY REFERENCES event (id),
  asked INTEGER
) STRICT;
CREATE INDEX unasked_asked ON unasked (asked) WHERE asked IS NOT NULL;
