-- Who is registered in whose team, and so may act for them; both are eHealthIDs.
CREATE TABLE provider_team (
    member TEXT NOT NULL,
    head TEXT NOT NULL,
    PRIMARY KEY (member, head)
) WITHOUT ROWID;
