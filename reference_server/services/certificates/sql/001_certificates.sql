-- The authority's own keys: root, issuing and the one that signs OCSP answers. Sealed with the
-- World's key, which lies outside of the database.
CREATE TABLE certificates_authority (
    name TEXT PRIMARY KEY,
    certificate TEXT NOT NULL,
    sealed_key TEXT NOT NULL
);

-- Every certificate ever issued; a row never goes.
CREATE TABLE certificates_issued (
    serial TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    subject TEXT NOT NULL,
    ehealth_id TEXT,
    pem TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    changed_at BIGINT,
    application TEXT,
    account TEXT
);
CREATE INDEX certificates_issued_holder ON certificates_issued (ehealth_id);
CREATE INDEX certificates_issued_state ON certificates_issued (state, not_after);

-- Every change of a certificate's state; a row never goes.
CREATE TABLE certificates_change (
    number BIGINT PRIMARY KEY,
    serial TEXT NOT NULL,
    act TEXT NOT NULL,
    reason TEXT,
    at BIGINT NOT NULL
);

-- The latest list of each issuer; `changes` is how many changes of states it knows.
CREATE TABLE certificates_crl (
    issuer TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    der TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

CREATE TABLE certificates_application (
    id TEXT PRIMARY KEY,
    applicant TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX certificates_application_applicant ON certificates_application (applicant);

CREATE TABLE certificates_letter (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL,
    params TEXT NOT NULL
);
CREATE INDEX certificates_letter_recipient ON certificates_letter (recipient);

-- Which hosts may have a server certificate, for whom, and where a challenge finds them.
CREATE TABLE certificates_host (
    name TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    address TEXT NOT NULL,
    port INTEGER NOT NULL
);

-- External account keys (RFC 8555 §7.3.4), sealed; each opens one account.
CREATE TABLE certificates_binding (
    kid TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    account TEXT
);

CREATE TABLE certificates_account (
    id TEXT PRIMARY KEY,
    thumbprint TEXT NOT NULL UNIQUE,
    jwk TEXT NOT NULL,
    status TEXT NOT NULL,
    organization TEXT NOT NULL,
    contact TEXT NOT NULL
);

CREATE TABLE certificates_nonce (
    nonce_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX certificates_nonce_expires ON certificates_nonce (expires_at);

CREATE TABLE certificates_order (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX certificates_order_account ON certificates_order (account);

CREATE TABLE certificates_authorization (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    order_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    validated_at BIGINT,
    error TEXT
);
CREATE INDEX certificates_authorization_order ON certificates_authorization (order_id);
