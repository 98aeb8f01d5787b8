-- The warning that came with the OK of a submission, as it was written; NULL for none.
ALTER TABLE prescription_submission ADD COLUMN warning BLOB;

-- Documents tried once for a patient with whom the first try finds the service busy.
CREATE TABLE prescription_first_try (
    organization TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    PRIMARY KEY (organization, body_sha256)
) WITHOUT ROWID;
