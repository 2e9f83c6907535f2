-- How a file that a job left is packed: zip, gzip, raw, zipzstd or tarzstd.
ALTER TABLE artifacts ADD COLUMN format TEXT COLLATE "C" NOT NULL DEFAULT 'zip';
UPDATE artifacts SET format = 'gzip' WHERE kind = 'dotenv';
