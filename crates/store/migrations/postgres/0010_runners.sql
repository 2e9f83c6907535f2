-- A runner may be kept for what runs on protected branches and tags.
ALTER TABLE runners ADD COLUMN ref_protected BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE runners ADD COLUMN maintenance_note TEXT COLLATE "C";
