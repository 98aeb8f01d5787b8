-- Keys take turns: one signs from active_at on, and is told to the world until leaves_at (seconds
-- since 1970; NULL: it is in use).
ALTER TABLE world_key ADD COLUMN alg TEXT NOT NULL DEFAULT 'ES256';
ALTER TABLE world_key ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE world_key ADD COLUMN leaves_at INTEGER;
