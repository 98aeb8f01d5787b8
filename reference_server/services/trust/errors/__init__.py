"""Why the identity provider says no; the trees are drawn in the modules.

Refusal
├── errors.oauth: OAuthRefusal (JSON of RFC 6749 §5.2), SentBack (303: told through the browser)
├── errors.proof: ProofRefusal (RFC 9449, RFC 8705: what a token is bound to was not shown)
└── errors.pages: PageRefusal (a page for the person)
"""

from reference_server.services.trust.errors.oauth import (
    AccessDenied,
    ConsentRequired,
    InsufficientScope,
    InvalidClient,
    InvalidDpopProof,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    OAuthRefusal,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    SentBack,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UseDpopNonce,
)
from reference_server.services.trust.errors.pages import (
    ClientUnknown,
    CredentialsWrong,
    FormRefusal,
    PageRefusal,
    PushedRequestOver,
    RedirectUriWrong,
    SignInBlocked,
    SignInOver,
    SignOutAddressWrong,
    SignOutHintWrong,
    TokenCodeWrong,
)
from reference_server.services.trust.errors.proof import (
    ProofNonceMissing,
    ProofRefusal,
    ProofWrong,
    TokenBoundToCertificate,
    TokenBoundToKey,
)

__all__ = [
    "AccessDenied",
    "ClientUnknown",
    "ConsentRequired",
    "CredentialsWrong",
    "FormRefusal",
    "InsufficientScope",
    "InvalidClient",
    "InvalidDpopProof",
    "InvalidGrant",
    "InvalidRequest",
    "InvalidScope",
    "InvalidTarget",
    "LoginRequired",
    "OAuthRefusal",
    "PageRefusal",
    "ProofNonceMissing",
    "ProofRefusal",
    "ProofWrong",
    "PushedRequestOver",
    "RedirectUriWrong",
    "RegistrationNotSupported",
    "RequestNotSupported",
    "RequestUriNotSupported",
    "SentBack",
    "SignInBlocked",
    "SignInOver",
    "SignOutAddressWrong",
    "SignOutHintWrong",
    "TokenBoundToCertificate",
    "TokenBoundToKey",
    "TokenCodeWrong",
    "UnauthorizedClient",
    "UnmetAuthenticationRequirements",
    "UnsupportedGrantType",
    "UnsupportedResponseType",
    "UseDpopNonce",
]
