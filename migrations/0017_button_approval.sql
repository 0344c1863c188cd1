-- Buttons of approvals decided long ago are deleted, oldest approval first.
CREATE INDEX button_approval ON button (approval);
