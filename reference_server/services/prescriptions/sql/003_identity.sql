-- Which prescriptions a merge of two identities pointed to another number, and what it was before.
CREATE TABLE prescription_moved (
    change INTEGER NOT NULL,
    task_id TEXT NOT NULL REFERENCES prescription (task_id),
    matricule TEXT NOT NULL,
    PRIMARY KEY (change, task_id)
) WITHOUT ROWID;
CREATE INDEX prescription_by_matricule ON prescription (matricule);
