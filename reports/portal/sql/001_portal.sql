-- Self-assessments. Nothing here tells who: no name, no address, no agent, and days instead of times.
CREATE TABLE assessment (
    id TEXT PRIMARY KEY,
    code_sha256 TEXT UNIQUE,
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    earlier TEXT,
    used_on TEXT NOT NULL,
    is_begun INTEGER NOT NULL
);
CREATE INDEX assessment_used_on ON assessment (used_on);

-- Papers that a worker makes; `wanted` is what is to be made, `content` what was made.
CREATE TABLE paper (
    id TEXT PRIMARY KEY,
    assessment TEXT REFERENCES assessment (id) ON DELETE CASCADE,
    wanted TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    content BLOB,
    fault TEXT
);
CREATE INDEX paper_assessment ON paper (assessment);
CREATE INDEX paper_asked_at ON paper (asked_at);
