-- A runner may be kept for what runs on protected branches and tags.
ALTER TABLE runners ADD COLUMN ref_protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runners ADD COLUMN maintenance_note TEXT;
