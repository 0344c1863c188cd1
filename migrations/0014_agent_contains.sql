-- Whether an agent's host lets it end sessions, as its batches say. NULL: it has not said.
ALTER TABLE agent ADD COLUMN contains INTEGER CHECK (contains IN (0, 1));
