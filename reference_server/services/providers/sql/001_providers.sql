CREATE TABLE provider_organization (
    cns_code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE provider_practitioner (
    ehealth_id TEXT PRIMARY KEY,
    cns_code TEXT NOT NULL,
    family TEXT NOT NULL,
    given TEXT NOT NULL,
    profession TEXT NOT NULL,
    speciality TEXT NOT NULL,
    organization TEXT NOT NULL REFERENCES provider_organization (cns_code)
) WITHOUT ROWID;
