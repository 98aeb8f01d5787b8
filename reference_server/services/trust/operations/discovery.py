"""What the issuer tells about itself: OpenID Connect Discovery 1.0, RFC 8414, SMART App Launch."""

from reference_server.services.trust import rules
from reference_server.services.trust.model import LEVELS, SCOPES, Authentication
from reference_server.services.trust.model.issuer import INTROSPECTION, PUSHED_REQUESTS
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.jose import (
    ALGORITHM,
    ALGORITHMS,
    PROOF_ALGORITHMS,
)
from reference_server.services.trust.operations.person_claims import SUPPORTED
from reference_server.services.trust.operations.token import GRANT_TYPES
from reference_server.text import LANGUAGES
from reference_server.world import Call
from reference_server.world.keys import ES256

_REGISTERED = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid")
_METHODS = tuple(Authentication)
_PROVING = tuple(method for method in _METHODS if method is not Authentication.NONE)


def discovery(call: Call) -> dict[str, object]:
    """Return the issuer's metadata."""
    issuer = issuer_of(call)
    return {
        "issuer": issuer.url,
        "authorization_endpoint": issuer.endpoint("auth"),
        "token_endpoint": issuer.endpoint("token"),
        "jwks_uri": issuer.endpoint("certs"),
        "userinfo_endpoint": issuer.endpoint("userinfo"),
        "pushed_authorization_request_endpoint": issuer.endpoint(PUSHED_REQUESTS),
        "introspection_endpoint": issuer.endpoint(INTROSPECTION),
        "revocation_endpoint": issuer.endpoint("revoke"),
        "end_session_endpoint": issuer.endpoint("logout"),
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(rules.RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(LEVELS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "introspection_endpoint_auth_methods_supported": list(_PROVING),
        "introspection_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "revocation_endpoint_auth_methods_supported": list(_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": True,
        "claims_supported": [*_REGISTERED, *SUPPORTED],
        "claim_types_supported": ["normal"],
        "display_values_supported": ["page"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "require_pushed_authorization_requests": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": False,
        "ui_locales_supported": list(LANGUAGES),
        "protected_resources": list(issuer.resources),
    }


def smart_configuration(call: Call) -> dict[str, object]:
    """Return what SMART App Launch 2.2 §6 has at the FHIR base: no launch from an EHR."""
    issuer = issuer_of(call)
    return {
        "issuer": issuer.url,
        "jwks_uri": issuer.endpoint("certs"),
        "authorization_endpoint": issuer.endpoint("auth"),
        "token_endpoint": issuer.endpoint("token"),
        "introspection_endpoint": issuer.endpoint(INTROSPECTION),
        "revocation_endpoint": issuer.endpoint("revoke"),
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": list(_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": [ES256],
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-standalone",
            "authorize-post",
            "client-public",
            "client-confidential-asymmetric",
            "sso-openid-connect",
            "permission-user",
            "permission-offline",
            "permission-v1",
            "permission-v2",
        ],
    }


def keys(call: Call) -> dict[str, object]:
    """Return the public keys as a JWK Set (RFC 7517 §5)."""
    return {"keys": list(call.world.keys.public(now=call.world.clock.wire_now()))}
