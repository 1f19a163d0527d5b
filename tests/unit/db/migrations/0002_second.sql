ALTER TABLE first ADD COLUMN flag BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX first_by_flag ON first (agency_id, flag);
