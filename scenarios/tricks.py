"""The names of what the lab may show or say falsely on purpose; how it does so is elsewhere."""

from enum import StrEnum


class Forgery(StrEnum):
    """How an answer of the identity provider, or of the API, may be false. A few must be borne.

    The name says what is wrong: `other` means another one than the right one.
    """

    # How the browser is sent back.
    STATE_OTHER = "state-other"
    STATE_MISSING = "state-missing"
    ISSUER_OTHER = "issuer-other"
    ISSUER_MISSING = "issuer-missing"
    SIGN_IN_DENIED = "sign-in-denied"
    CODE_INJECTED = "code-injected"
    S256_REFUSED = "s256-refused"
    # What the provider says of itself.
    DISCOVERY_ISSUER_OTHER = "discovery-issuer-other"
    DISCOVERY_PLAIN_HTTP = "discovery-plain-http"
    DISCOVERY_WITHOUT_PKCE = "discovery-without-pkce"
    DISCOVERY_PLAIN_PKCE = "discovery-plain-pkce"
    KEYS_ROTATED = "keys-rotated"
    KEYS_STRANGE = "keys-strange"
    # What the token endpoint answers.
    TYPE_MISSING = "token-type-missing"
    TYPE_UNKNOWN = "token-type-unknown"
    REDEMPTION_REDIRECTED = "token-redirected"
    IDENTITY_MISSING = "id-token-missing"
    REFRESH_REVOKED = "refresh-revoked"
    # What the ID token says, and who signed it.
    IDENTITY_UNSIGNED = "id-token-unsigned"
    IDENTITY_CONFUSED = "id-token-confused"
    IDENTITY_ALTERED = "id-token-altered"
    IDENTITY_UNKNOWN_KEY = "id-token-unknown-key"
    IDENTITY_FOREIGN_KEY = "id-token-foreign-key"
    IDENTITY_OWN_KEY = "id-token-own-key"
    IDENTITY_ISSUER_OTHER = "id-token-issuer-other"
    IDENTITY_AUDIENCE_OTHER = "id-token-audience-other"
    IDENTITY_AUDIENCE_MORE = "id-token-audience-more"
    IDENTITY_PARTY_OTHER = "id-token-party-other"
    IDENTITY_EXPIRED = "id-token-expired"
    IDENTITY_WITHOUT_EXPIRY = "id-token-without-expiry"
    IDENTITY_FROM_FUTURE = "id-token-from-future"
    IDENTITY_HASH_OTHER = "id-token-hash-other"
    IDENTITY_NONCE_OTHER = "id-token-nonce-other"
    IDENTITY_NONCE_MISSING = "id-token-nonce-missing"
    IDENTITY_WITHOUT_SUBJECT = "id-token-without-subject"
    IDENTITY_CLOCK_AHEAD = "id-token-clock-ahead"
    # What userinfo answers.
    USERINFO_SUBJECT_OTHER = "userinfo-subject-other"
    # What the APIs answer.
    API_REDIRECTED = "api-redirected"


class Flaw(StrEnum):
    """What may be wrong with the server's certificate, or with the TLS it offers."""

    UNKNOWN_AUTHORITY = "unknown-authority"
    SELF_SIGNED = "self-signed"
    INCOMPLETE_CHAIN = "incomplete-chain"
    ISSUED_BY_NO_AUTHORITY = "issued-by-no-authority"
    NAME_NOT_ALLOWED = "name-not-allowed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    OTHER_HOST = "other-host"
    NO_HOST = "no-host"
    CLIENT_ONLY = "client-only"
    WEAK_KEY = "weak-key"
    TLS_1_0 = "tls-1-0"
    TLS_1_1 = "tls-1-1"
    NO_ENCRYPTION = "no-encryption"
    NO_AUTHENTICATION = "no-authentication"
    NO_FORWARD_SECRECY = "no-forward-secrecy"
    CBC_ONLY = "cbc-only"


class HandedCertificate(StrEnum):
    """Which client certificate a product under test is configured with.

    `signature` is of the family that signs documents, `server` of that of systems, `another` a
    personal one of somebody else, `foreign` of an authority that nobody here knows, `ending` good
    for five days still.
    """

    GOOD = "good"
    ENDING = "ending"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    SIGNATURE = "signature"
    SERVER = "server"
    ANOTHER = "another"
    REVOKED = "revoked"


class PatientNotice(StrEnum):
    """What the registry of identities tells a subscriber, or somebody tells in its name.

    `replayed` is the last message once more, `other-event` the last one under another event and
    with other names.
    """

    GOOD = "good"
    REPLAYED = "replayed"
    OTHER_EVENT = "other-event"


class LogoutNotice(StrEnum):
    """A logout token that the provider sends to a client, or that somebody sends in its name.

    `replayed` is the last one once more.
    """

    GOOD = "good"
    REPLAYED = "replayed"
    UNSIGNED = "unsigned"
    FOREIGN_KEY = "foreign-key"
    AUDIENCE_OTHER = "audience-other"
    WITH_NONCE = "with-nonce"
    WITHOUT_EVENTS = "without-events"
