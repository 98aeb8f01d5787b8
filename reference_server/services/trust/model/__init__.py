"""The nouns of the identity provider; knows no HTTP, no table, no token format."""

from reference_server.services.trust.model.client import (
    Authentication,
    Binding,
    Client,
    Logout,
    PublicKey,
    TlsRegistration,
)
from reference_server.services.trust.model.grant import (
    AuthorizationRequest,
    Confirmation,
    Grant,
    Proven,
    Session,
    Wishes,
)
from reference_server.services.trust.model.issuer import (
    API_SCOPES,
    HIGH,
    LEVELS,
    LOW,
    OFFLINE,
    OPENID,
    REALM,
    SCOPES,
    SUBSTANTIAL,
    Issuer,
    level_of,
    reaches,
)
from reference_server.services.trust.model.person import Account, Principal

__all__ = [
    "API_SCOPES",
    "HIGH",
    "LEVELS",
    "LOW",
    "OFFLINE",
    "OPENID",
    "REALM",
    "SCOPES",
    "SUBSTANTIAL",
    "Account",
    "Authentication",
    "AuthorizationRequest",
    "Binding",
    "Client",
    "Confirmation",
    "Grant",
    "Issuer",
    "Logout",
    "Principal",
    "Proven",
    "PublicKey",
    "Session",
    "TlsRegistration",
    "Wishes",
    "level_of",
    "reaches",
]
