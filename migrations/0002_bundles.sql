-- Notifications that wait for one target in a crowd share a message: `bundle` is the id of the first of them. It is
-- written when they are leased together and stays, so that a retry and every edit show the same ones.
ALTER TABLE notification ADD COLUMN bundle INTEGER;
CREATE INDEX notification_bundle ON notification (bundle, id) WHERE bundle IS NOT NULL;
