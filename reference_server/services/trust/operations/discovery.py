"""What the issuer tells about itself (OpenID Connect Discovery 1.0, RFC 8414, RFC 9207)."""

from reference_server.services.trust.model import SCOPES, Issuer
from reference_server.services.trust.operations.jose import ALGORITHM
from reference_server.text import LANGUAGES
from reference_server.world import Call

_REGISTERED = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce")
_PERSON = ("name", "given_name", "family_name", "ehealth_id", "profession", "organization")


def discovery(call: Call) -> dict[str, object]:
    """Return the issuer's metadata."""
    issuer = Issuer(base_url=call.world.base_url)
    return {
        "issuer": issuer.url,
        "authorization_endpoint": issuer.endpoint("auth"),
        "token_endpoint": issuer.endpoint("token"),
        "jwks_uri": issuer.endpoint("certs"),
        "userinfo_endpoint": issuer.endpoint("userinfo"),
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [*_REGISTERED, *_PERSON],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": list(LANGUAGES),
        "protected_resources": list(issuer.resources),
    }


def keys(call: Call) -> dict[str, object]:
    """Return the public keys as a JWK Set (RFC 7517 §5)."""
    return {"keys": list(call.world.keys.public(now=call.world.clock.wire_now()))}
