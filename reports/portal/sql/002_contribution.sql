-- Anonymous copies for the analysis: a random id, a month, and no link to any assessment.
CREATE TABLE contribution (
    id TEXT PRIMARY KEY,
    month TEXT NOT NULL,
    content TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX contribution_month ON contribution (month);
ALTER TABLE assessment ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 0;
