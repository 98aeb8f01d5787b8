"""What the registration office and the authority refuse; the tree is drawn in the package."""

from reference_server.kernel.errors import Mend, Refusal, given


class CertificateRefusal(Refusal):
    """The office or the authority says no."""

    status = 422
    issue_code = "business-rule"
    mend = Mend.CORRECT


class RequestUnreadable(CertificateRefusal):
    """What was sent is no PKCS#10 request."""

    status, issue_code, code = 400, "structure", "csr-unreadable"


class RequestSignatureWrong(CertificateRefusal):
    """The request was not signed by the key that it is for, or with SHA-1."""

    issue_code, code = "invalid", "csr-signature-wrong"


class RequestKeyWeak(CertificateRefusal):
    """The key is neither RSA of 4096 bits nor on P-256."""

    issue_code, code = "invalid", "csr-key-weak"


class RequestNamesOther(CertificateRefusal):
    """The request names somebody or some host that the application does not; parameter `name`."""

    issue_code, code = "invalid", "csr-names-other"
    example = given(name="2000000099")


class ApplicationFaulty(CertificateRefusal):
    """A field of the application cannot be used; parameter `field`."""

    issue_code, code = "invalid", "application-faulty"
    example = given(field="family")


class HolderUnknown(CertificateRefusal):
    """The provider directory does not know the person; parameter `ehealth_id`."""

    mend = Mend.ASK
    issue_code, code = "not-found", "holder-unknown"
    example = given(ehealth_id="2000000099")


class HostNotDeclared(CertificateRefusal):
    """No officer declared this host for the organisation; parameter `name`."""

    mend = Mend.ASK
    code = "host-not-declared"
    example = given(name="labo.example.lu")


class ApplicationUnknown(CertificateRefusal):
    """There is no such application; parameter `id`."""

    status, issue_code, code = 404, "not-found", "application-unknown"
    example = given(id="6f1c1c1e-0000-4000-8000-000000000000")


class NotYours(CertificateRefusal):
    """Somebody else's application; answered as if there were none. Parameter `id`."""

    status, issue_code, code = 404, "not-found", "application-not-yours"
    example = given(id="6f1c1c1e-0000-4000-8000-000000000000")


class ApplicationStateWrong(CertificateRefusal):
    """The act is not possible in this state; parameters `id`, `state`, `act`."""

    status, issue_code, code = 409, "conflict", "application-state-wrong"
    example = given(id="6f1c1c1e-0000-4000-8000-000000000000", state="rejected", act="approve")


class FourEyes(CertificateRefusal):
    """The same officer may not prove and approve, nor anybody for herself; parameter `id`."""

    status, issue_code, code = 403, "forbidden", "four-eyes"
    mend = Mend.ASK
    example = given(id="6f1c1c1e-0000-4000-8000-000000000000")


class CertificateUnknown(CertificateRefusal):
    """There is no such certificate; parameter `serial`."""

    status, issue_code, code = 404, "not-found", "certificate-unknown"
    example = given(serial="2b7e151628aed2a6abf7158809cf4f3c")


class CertificateStateWrong(CertificateRefusal):
    """The act is not possible in this state; parameters `serial`, `state`, `act`."""

    status, issue_code, code = 409, "conflict", "certificate-state-wrong"
    example = given(serial="2b7e151628aed2a6abf7158809cf4f3c", state="revoked", act="lift")


class StatusUnavailable(CertificateRefusal):
    """Lists or OCSP are out of order just now."""

    status, issue_code, code = 503, "transient", "status-unavailable"
    mend = Mend.RETRY
