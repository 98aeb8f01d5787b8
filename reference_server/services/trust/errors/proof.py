"""What an API says when a token's holder does not show what the token is bound to.

AccessRefusal
└── ProofRefusal               401
    ├── TokenBoundToKey        a DPoP token without its proof (RFC 9449 §7.1)
    ├── ProofWrong             the proof is not one for this request
    ├── ProofNonceMissing      the proof lacks the nonce, which the answer carries (RFC 9449 §9)
    └── TokenBoundToCertificate  not the certificate the token is bound to (RFC 8705 §3)
"""

from collections.abc import Mapping
from typing import Self

from reference_server.kernel.errors import AccessRefusal, Mend


class ProofRefusal(AccessRefusal):
    """Possession was not proved."""

    status, issue_code = 401, "login"
    bearer_error = "invalid_token"


class TokenBoundToKey(ProofRefusal):
    """The token is bound to a key, and came as a plain bearer token, or the other way round."""

    code = "token-bound-to-key"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'DPoP error="invalid_token", algs="ES256 PS256"'}


class ProofWrong(ProofRefusal):
    """The DPoP proof is malformed, for another request or token, out of time, or was used."""

    code = "proof-wrong"
    bearer_error = "invalid_dpop_proof"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'DPoP error="invalid_dpop_proof", algs="ES256 PS256"'}


class ProofNonceMissing(ProofRefusal):
    """The DPoP proof must carry the nonce that this answer brings."""

    code = "proof-nonce-missing"
    bearer_error = "use_dpop_nonce"
    mend = Mend.RETRY

    def __init__(self, *, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce

    @classmethod
    def worked(cls) -> Self:
        return cls(nonce="eyJ7S_zG.eyJH0-Z.HX4w-7v")

    @property
    def headers(self) -> Mapping[str, str]:
        told = 'DPoP error="use_dpop_nonce", algs="ES256 PS256"'
        return {"WWW-Authenticate": told, "DPoP-Nonce": self.nonce}


class TokenBoundToCertificate(ProofRefusal):
    """The token is bound to another client certificate than the one shown, or none was shown."""

    code = "token-bound-to-certificate"
