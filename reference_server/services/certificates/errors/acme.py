"""What the ACME server refuses (RFC 8555 §6.7); the tree is drawn in the package."""

from collections.abc import Mapping
from typing import ClassVar

from reference_server.kernel.errors import Mend, Refusal, given


class AcmeRefusal(Refusal):
    """A problem document of type `urn:ietf:params:acme:error:<type>` (RFC 8555 §6.7)."""

    mend = Mend.CORRECT
    type: ClassVar[str] = "malformed"
    nonce: str | None = None
    """The next nonce, which an error tells, too (RFC 8555 §6.5)."""

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.nonce is None else {"Replay-Nonce": self.nonce}


class AcmeMalformed(AcmeRefusal):
    """The request is no JWS as ACME wants it; parameter `what`."""

    code, type = "acme-malformed", "malformed"
    example = given(what="url")


class AcmeBadNonce(AcmeRefusal):
    """The nonce is not one of ours, or was used."""

    code, type = "acme-bad-nonce", "badNonce"
    mend = Mend.RETRY


class AcmeBadSignatureAlgorithm(AcmeRefusal):
    """Another algorithm than ES256 or RS256."""

    code, type = "acme-bad-signature-algorithm", "badSignatureAlgorithm"


class AcmeBadPublicKey(AcmeRefusal):
    """The account's key is weak or of another kind."""

    code, type = "acme-bad-public-key", "badPublicKey"


class AcmeUnauthorized(AcmeRefusal):
    """The account may not do this."""

    status, code, type = 403, "acme-unauthorized", "unauthorized"


class AcmeAccountDoesNotExist(AcmeRefusal):
    """There is no account with this key."""

    code, type = "acme-account-does-not-exist", "accountDoesNotExist"


class AcmeAccountRequired(AcmeRefusal):
    """A new account must be bound to a key that the office gave out."""

    status, code, type = 403, "acme-external-account-required", "externalAccountRequired"
    mend = Mend.ASK


class AcmeInvalidContact(AcmeRefusal):
    """A contact is no mailto: address; parameter `contact`."""

    code, type = "acme-invalid-contact", "invalidContact"
    example = given(contact="tel:+352")


class AcmeRejectedIdentifier(AcmeRefusal):
    """No certificate is issued for this host; parameter `name`."""

    code, type = "acme-rejected-identifier", "rejectedIdentifier"
    mend = Mend.ASK
    example = given(name="example.org")


class AcmeBadCsr(AcmeRefusal):
    """The signing request is not the order's, or weak."""

    code, type = "acme-bad-csr", "badCSR"


class AcmeOrderNotReady(AcmeRefusal):
    """The order is not ready to be finalized; parameter `status`."""

    status, code, type = 403, "acme-order-not-ready", "orderNotReady"
    example = given(status="pending")


class AcmeAlreadyRevoked(AcmeRefusal):
    """The certificate is revoked already."""

    code, type = "acme-already-revoked", "alreadyRevoked"


class AcmeBadRevocationReason(AcmeRefusal):
    """The reason is not one a holder may give; parameter `reason`."""

    code, type = "acme-bad-revocation-reason", "badRevocationReason"
    example = given(reason=6)


class AcmeNotFound(AcmeRefusal):
    """There is no such resource, or it is another account's."""

    status, code, type = 404, "acme-not-found", "malformed"


class AcmeKeyTaken(AcmeRefusal):
    """Another account has this key."""

    status, code, type = 409, "acme-key-taken", "malformed"
