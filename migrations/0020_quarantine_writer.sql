-- What a message in quarantine had beside its text, for a replay reads it as its arrival would have been: who wrote it, as
-- the journal noted it (core/writer.hpp), and whether its time is that of its receipt only. Of what is here already the
-- writer is not known any more; a time that is its receipt's to the microsecond is no other.
ALTER TABLE quarantined ADD COLUMN arrival_stamped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantined ADD COLUMN has_writer      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantined ADD COLUMN writer_comm     TEXT    NOT NULL DEFAULT '';
ALTER TABLE quarantined ADD COLUMN writer_exe      TEXT    NOT NULL DEFAULT '';
ALTER TABLE quarantined ADD COLUMN writer_uid      INTEGER;
UPDATE quarantined SET arrival_stamped = 1 WHERE time = received_at;
