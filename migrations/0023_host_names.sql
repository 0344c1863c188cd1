-- Hosts have one spelling from here on: ASCII lower case, without the root's dot (src/core/host_name.hpp). Events keep
-- the name they came with, as sealed days and reports name it. What goes on is renamed: agents and their streams, ways
-- in, how often sources speak, canaries. What older events are told by as well is kept under both names. Where both
-- spellings are known already, the one that stands is kept.
CREATE TEMP TABLE spelling AS
  SELECT host, lower(CASE WHEN host LIKE '%_.' AND host NOT LIKE '%..' THEN substr(host, 1, length(host) - 1)
                     ELSE host END) AS canonical
  FROM (SELECT host FROM agent UNION SELECT host FROM agent_stream UNION SELECT host FROM coverage_span UNION
        SELECT host FROM coverage_loss UNION SELECT host FROM stream UNION SELECT host FROM first_root UNION
        SELECT host FROM host_way UNION SELECT host FROM arrival UNION SELECT host FROM canary_run);
DELETE FROM spelling WHERE host = canonical;

UPDATE OR IGNORE agent        SET host = (SELECT canonical FROM spelling s WHERE s.host = agent.host)
  WHERE host IN (SELECT host FROM spelling);
UPDATE OR IGNORE agent_stream SET host = (SELECT canonical FROM spelling s WHERE s.host = agent_stream.host)
  WHERE host IN (SELECT host FROM spelling);
UPDATE OR IGNORE host_way     SET host = (SELECT canonical FROM spelling s WHERE s.host = host_way.host)
  WHERE host IN (SELECT host FROM spelling);
UPDATE OR IGNORE arrival      SET host = (SELECT canonical FROM spelling s WHERE s.host = arrival.host)
  WHERE host IN (SELECT host FROM spelling);
UPDATE OR IGNORE canary_run   SET host = (SELECT canonical FROM spelling s WHERE s.host = canary_run.host)
  WHERE host IN (SELECT host FROM spelling);
INSERT OR IGNORE INTO coverage_span
  SELECT s.canonical, c.witness, c.from_at, c.until_at FROM coverage_span c JOIN spelling s ON s.host = c.host;
INSERT OR IGNORE INTO coverage_loss
  SELECT s.canonical, c.witness, c.from_at, c.why, c.until_at, c.lost FROM coverage_loss c JOIN spelling s ON s.host = c.host;
INSERT OR IGNORE INTO stream
  SELECT s.canonical, c.source, c.witness, c.first, c.last, c.heard_at, c.lag, c.offset
  FROM stream c JOIN spelling s ON s.host = c.host;
INSERT INTO first_root
  SELECT s.canonical, c.time, c.event FROM first_root c JOIN spelling s ON s.host = c.host WHERE true
  ON CONFLICT (host) DO UPDATE SET time = excluded.time, event = excluded.event WHERE excluded.time < time;
INSERT OR IGNORE INTO first_seen
  SELECT subject, kind, lower(CASE WHEN value LIKE '%_.' AND value NOT LIKE '%..' THEN
                                substr(value, 1, length(value) - 1) ELSE value END)
  FROM first_seen WHERE kind = 'host';
DROP TABLE spelling;
