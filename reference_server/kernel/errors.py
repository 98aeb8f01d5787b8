"""How a service says no: the Refusal and those every route shares; knows no service's own rules.

Refusal                       status, issue code, code, requirement
├── Refusals                  422, many faults at once (a KO)
├── RequestRefusal            the request cannot be understood
│   ├── BodyTooLarge 413   ├── BodyNotUtf8 400        ├── BodyNotJson 400
│   ├── BodyDuplicateKey 400  ├── BodyTooDeep 400     ├── MediaTypeUnsupported 415
│   ├── CharsetUnsupported 415  ├── NotAcceptable 406  ├── ResourceTypeWrong 400
│   ├── OperationUnknown 404  ├── MethodNotAllowed 405  ├── SearchParameterUnknown 400
│   ├── SearchParameterInvalid 400  ├── ParameterMissing 400  ├── ParameterInvalid 400
│   ├── BodyNotXml 400  └── RequestTimeout 408
├── AccessRefusal             the caller is not known or may not
│   ├── TokenMissing 401  ├── TokenInvalid 401  ├── TokenExpired 401
│   ├── TokenAudienceWrong 401  ├── ScopeInsufficient 403  ├── RoleNotAllowed 403
│   ├── ClientCertificateMissing 403  ├── ClientCertificateForeign 403
│   ├── ClientCertificateRevoked 403  ├── ClientCertificateExpired 403
│   └── TooManyRequests 429
└── ServerRefusal             we cannot answer now
    ├── Busy 503
    └── Internal 500
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Self

Param = str | int


class Mend(StrEnum):
    """What helps after a refusal.

    `retry`: the same request may be sent again, later or from the start. `correct`: it must be
    changed first. `ask-for-help`: neither helps; somebody else has to act.
    """

    RETRY = "retry"
    CORRECT = "correct"
    ASK = "ask-for-help"


def given(**params: Param) -> Mapping[str, Param]:
    """Return the parameters of a worked example, which nobody can change."""
    return MappingProxyType(params)


class Refusal(Exception):
    """One named "no" of a service: what the wire says, the rule behind it, where it was seen.

    A service's own refusals are subclasses that set the class attributes. `expression` is a
    FHIRPath such as `Bundle.entry[2].resource.code`; the keyword arguments are the parameters of
    the sentence `refusal.<code>` in the message catalogue, which is for the person at the screen;
    `cause.<code>` says to the developer why it happens. `example` and `example_at` are the
    parameters and the expression of the worked example in the error catalogue.
    """

    status: ClassVar[int] = 400
    severity: ClassVar[str] = "error"
    issue_code: ClassVar[str] = "processing"
    code: ClassVar[str] = ""
    requirement: str | None = None
    rule: str | None = None
    """The FHIR validator's rule or invariant that is broken, where it was the validator's word."""
    mend: ClassVar[Mend]
    example: ClassVar[Mapping[str, Param]] = given()
    example_at: ClassVar[str | None] = None

    def __init__(
        self,
        *,
        expression: str | None = None,
        requirement: str | None = None,
        **params: Param,
    ) -> None:
        super().__init__(self.code)
        self.expression = expression
        self.params: Mapping[str, Param] = params
        if requirement is not None:
            self.requirement = requirement

    @classmethod
    def worked(cls) -> Self:
        """Return one as it may happen, for the error catalogue."""
        params: dict[str, Any] = {**cls.example}
        return cls(expression=cls.example_at, **params)

    @property
    def message_id(self) -> str:
        """The id of its sentence in the message catalogue."""
        return f"refusal.{self.code}"

    @property
    def faults(self) -> tuple["Refusal", ...]:
        """The single faults this refusal lists; itself unless it is a `Refusals`."""
        return (self,)

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that the answer must carry."""
        return {}


class Refusals(Refusal):
    """A KO: every fault found in one document."""

    status = 422
    code = "refused"
    mend = Mend.CORRECT

    def __init__(self, faults: Sequence[Refusal]) -> None:
        super().__init__()
        self._faults = tuple(faults)

    @classmethod
    def worked(cls) -> Self:
        faults = (ParameterMissing, ParameterInvalid)
        return cls(tuple(fault.worked() for fault in faults))

    @property
    def faults(self) -> tuple[Refusal, ...]:
        return self._faults


class RequestRefusal(Refusal):
    """The request cannot be understood."""

    mend = Mend.CORRECT


class BodyTooLarge(RequestRefusal):
    """The body is over the limit; parameter `limit` in bytes."""

    status, issue_code, code = 413, "too-long", "body-too-large"
    requirement = "ERX-SRV-028"
    example = given(limit=8388608)


class BodyNotUtf8(RequestRefusal):
    """The body is not UTF-8; parameter `offset` of the first wrong byte."""

    status, issue_code, code = 400, "structure", "body-not-utf8"
    requirement = "ERX-SRV-031"
    example = given(offset=118)


class BodyNotJson(RequestRefusal):
    """The body is not one JSON object; parameters `line`, `column`."""

    status, issue_code, code = 400, "structure", "body-not-json"
    requirement = "ERX-SRV-031"
    example = given(line=12, column=5)


class BodyNotXml(RequestRefusal):
    """The body is not one resource in FHIR XML; parameter `line`."""

    status, issue_code, code = 400, "structure", "body-not-xml"
    example = given(line=12)


class BodyDuplicateKey(RequestRefusal):
    """An object of the body has one key twice; parameters `key`, `line`, `column`."""

    status, issue_code, code = 400, "structure", "body-duplicate-key"
    requirement = "ERX-SRV-027"
    example = given(key="status", line=12, column=5)


class BodyTooDeep(RequestRefusal):
    """The body nests deeper than the limit; parameter `limit`."""

    status, issue_code, code = 400, "structure", "body-too-deep"
    requirement = "ERX-SRV-031"
    example = given(limit=64)


class MediaTypeUnsupported(RequestRefusal):
    """The body's media type is not one we read; parameter `media_type`."""

    status, issue_code, code = 415, "not-supported", "media-type-unsupported"
    requirement = "ERX-SRV-032"
    example = given(media_type="application/xml")


class CharsetUnsupported(RequestRefusal):
    """The body's declared charset is not UTF-8; parameter `charset`."""

    status, issue_code, code = 415, "not-supported", "charset-unsupported"
    example = given(charset="iso-8859-1")


class NotAcceptable(RequestRefusal):
    """The caller accepts no media type we write; parameter `accept`."""

    status, issue_code, code = 406, "not-supported", "not-acceptable"
    example = given(accept="application/fhir+xml")


class ResourceTypeWrong(RequestRefusal):
    """Another resource type was expected; parameters `expected`, `actual`."""

    status, issue_code, code = 400, "invalid", "resource-type-wrong"
    example = given(expected="Bundle", actual="Patient")


class OperationUnknown(RequestRefusal):
    """Nothing lives at this path; parameter `path`."""

    status, issue_code, code = 404, "not-found", "operation-unknown"
    example = given(path="/fhir/$submit")


class MethodNotAllowed(RequestRefusal):
    """The path exists, the method does not; parameters `method`, `allow`."""

    status, issue_code, code = 405, "not-supported", "method-not-allowed"
    example = given(method="PUT", allow="GET")

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Allow": str(self.params["allow"])}


class SearchParameterUnknown(RequestRefusal):
    """A search parameter we do not know is refused, never ignored; parameter `name`."""

    status, issue_code, code = 400, "not-supported", "search-parameter-unknown"
    requirement = "ERX-SRV-026"
    example = given(name="colour")


class SearchParameterInvalid(RequestRefusal):
    """A search parameter has a value we cannot read; parameters `name`, `value`."""

    status, issue_code, code = 400, "value", "search-parameter-invalid"
    example = given(name="_count", value="many")


class ParameterMissing(RequestRefusal):
    """An operation's parameter is missing; parameter `name`."""

    status, issue_code, code = 400, "required", "parameter-missing"
    example, example_at = given(name="reason"), "Parameters"


class ParameterInvalid(RequestRefusal):
    """An operation's parameter has a value we cannot read; parameter `name`."""

    status, issue_code, code = 400, "value", "parameter-invalid"
    example = given(name="birth-date")
    example_at = "Parameters.parameter[1].valueDate"


class RequestTimeout(RequestRefusal):
    """The body did not arrive in time; parameter `seconds`."""

    status, issue_code, code = 408, "timeout", "request-timeout"
    mend, example = Mend.RETRY, given(seconds=30)


class AccessRefusal(Refusal):
    """The caller is not known, or may not."""

    mend = Mend.CORRECT
    bearer_error: ClassVar[str | None] = None

    @property
    def headers(self) -> Mapping[str, str]:
        if self.bearer_error is None:
            return {"WWW-Authenticate": "Bearer"}
        return {"WWW-Authenticate": f'Bearer error="{self.bearer_error}"'}


class TokenMissing(AccessRefusal):
    """No bearer token was sent."""

    status, issue_code, code = 401, "login", "token-missing"
    requirement = "ERX-SEC-020"


class TokenInvalid(AccessRefusal):
    """The token is not one of ours, was altered, or was revoked."""

    status, issue_code, code = 401, "login", "token-invalid"
    bearer_error = "invalid_token"
    requirement = "ERX-SEC-026"


class TokenExpired(AccessRefusal):
    """The token is over its time."""

    status, issue_code, code = 401, "expired", "token-expired"
    bearer_error = "invalid_token"
    requirement = "ERX-SEC-018"


class TokenAudienceWrong(AccessRefusal):
    """The token was issued for another API; parameter `audience` is the one needed."""

    status, issue_code, code = 401, "login", "token-audience-wrong"
    bearer_error = "invalid_token"
    requirement = "ERX-SEC-017"
    example = given(audience="https://localhost:8443/integration/fhir")


class ScopeInsufficient(AccessRefusal):
    """The token lacks a scope; parameter `scope`."""

    status, issue_code, code = 403, "forbidden", "scope-insufficient"
    bearer_error = "insufficient_scope"
    requirement = "ERX-SEC-027"
    example = given(scope="erx.dispense")

    @property
    def headers(self) -> Mapping[str, str]:
        scope = self.params["scope"]
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}


class RoleNotAllowed(AccessRefusal):
    """This role may not do this; parameter `role`."""

    status, issue_code, code = 403, "forbidden", "role-not-allowed"
    mend, example = Mend.ASK, given(role="laboratory")

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


class CertificateRefusal(AccessRefusal):
    """The certificate of the connection is missing or not good; no token would help."""

    status = 403

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


class ClientCertificateMissing(CertificateRefusal):
    """This environment talks only to callers who show a certificate of its authority."""

    issue_code, code = "login", "client-certificate-missing"


class ClientCertificateForeign(CertificateRefusal):
    """Another authority issued it, for instance that of another environment."""

    issue_code, code = "forbidden", "client-certificate-foreign"


class ClientCertificateRevoked(CertificateRefusal):
    """The certificate was revoked or suspended."""

    mend = Mend.ASK
    issue_code, code = "forbidden", "client-certificate-revoked"


class ClientCertificateExpired(CertificateRefusal):
    """The certificate has ended since the connection was made, or has not begun."""

    issue_code, code = "expired", "client-certificate-expired"


class TooManyRequests(AccessRefusal):
    """The caller must slow down; parameter `seconds` until the next try."""

    status, issue_code, code = 429, "throttled", "too-many-requests"
    mend, example = Mend.RETRY, given(seconds=60)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}


class ServerRefusal(Refusal):
    """We cannot answer now; the caller did nothing wrong."""

    mend = Mend.ASK


class Busy(ServerRefusal):
    """The store or a worker is taken for longer than a request may wait; parameter `seconds`."""

    status, issue_code, code = 503, "transient", "busy"
    mend, example = Mend.RETRY, given(seconds=1)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}


class Internal(ServerRefusal):
    """A mistake of ours; the log has the story under the request id, the wire does not."""

    status, issue_code, code = 500, "exception", "internal"
