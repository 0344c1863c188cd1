-- The feed (src/app/feed_records.hpp) is no table of its own: it is what was asked about, and what was decided and
-- judged, in the order of their ids. These find its rows among the many that are not in it.
CREATE INDEX event_asked ON event (id) WHERE approval IS NOT NULL;
CREATE INDEX audit_fed   ON audit (id) WHERE kind IN ('decision', 'verdict');
