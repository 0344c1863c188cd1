-- Alarms about denials that are owed: found without reading the lane they overtake.
CREATE INDEX notification_alarm ON notification (target, id) WHERE owed = 1 AND purpose = 'denial';
