CREATE TABLE patient (
    matricule TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    given TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    gender TEXT NOT NULL,
    deceased_on TEXT
) WITHOUT ROWID;
