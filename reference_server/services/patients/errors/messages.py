"""Why an HL7 v2 message is not taken; nothing of it was done.

Refusal
└── PatientRefusal
    └── MessageRefusal 400
        ├── MessageUnreadable      it is no HL7 v2 message in ER7
        ├── MessageCharset         MSH-18 unknown, or other bytes than it says
        ├── MessageFrame           the connection does not speak MLLP
        ├── MessageKindUnsupported     message type (MSH-9.1) or structure (MSH-9.3)
        ├── MessageEventUnsupported    trigger event (MSH-9.2)
        ├── MessageVersionUnsupported  MSH-12
        ├── MessageProcessing      MSH-11 is not one of this environment
        ├── MessageSegmentMissing  a segment that the structure requires
        ├── MessageFieldMissing    a field that is required
        ├── MessageFieldWrong      a field that cannot be read
        ├── MessageControlIdUsed   the sender used MSH-10 for another message
        ├── AuthorityMissing       a number in PID-3, MRG-1 or QPD-3 without assigning authority
        ├── AuthorityUnknown       an assigning authority that is not registered
        ├── OwnNumberMissing       no number of the sender's own domain, or several
        ├── SenderUnknown          MSH-4 names no organisation with a domain here
        ├── SenderForeign          the certificate is another organisation's
        ├── QueryNumberUnknown     the domain has no such number (QPD-3)
        ├── QueryTooBroad          more persons fit than one query may find
        ├── QueryParameterUnknown  a parameter of a query that nobody knows here
        └── ContinuationUnknown    DSC-1 continues nothing, or too late
"""

from reference_server.kernel.errors import given
from reference_server.services.patients.errors import PatientRefusal


class MessageRefusal(PatientRefusal):
    """A message is not taken; `expression` is its place: `PID^1^3^2^4`."""

    status, issue_code = 400, "invalid"


class MessageUnreadable(MessageRefusal):
    """The message is not ER7; parameter `why` is a word for what is wrong."""

    issue_code, code = "structure", "message-unreadable"
    example = given(why="not-hl7")


class MessageCharset(MessageRefusal):
    """The character set is not known here, or the bytes are not of it; parameter `charset`."""

    code, example = "message-charset", given(charset="ISO IR87")


class MessageFrame(MessageRefusal):
    """Bytes outside of frames, or a message beyond the limit; parameter `trouble`."""

    issue_code, code = "structure", "message-frame"
    example = given(trouble="outside")


class MessageKindUnsupported(MessageRefusal):
    """Message type or structure; parameter `kind`."""

    issue_code, code = "not-supported", "message-kind-unsupported"
    example, example_at = given(kind="ORU"), "MSH^1^9^1^1"


class MessageEventUnsupported(MessageRefusal):
    """Trigger event; parameter `event`."""

    issue_code, code = "not-supported", "message-event-unsupported"
    example, example_at = given(event="A03"), "MSH^1^9^1^2"


class MessageVersionUnsupported(MessageRefusal):
    """Version; parameter `version`."""

    issue_code, code = "not-supported", "message-version-unsupported"
    example, example_at = given(version="2.2"), "MSH^1^12"


class MessageProcessing(MessageRefusal):
    """A test message in production, or none of P, T, D; parameter `processing`."""

    issue_code, code = "not-supported", "message-processing"
    example, example_at = given(processing="X"), "MSH^1^11"


class MessageSegmentMissing(MessageRefusal):
    """A segment that the structure requires; parameter `segment`."""

    issue_code, code = "required", "message-segment-missing"
    example, example_at = given(segment="PID"), "PID^1"


class MessageFieldMissing(MessageRefusal):
    """A field that is required; parameter `field`."""

    issue_code, code = "required", "message-field-missing"
    example, example_at = given(field="MSH-10"), "MSH^1^10"


class MessageFieldWrong(MessageRefusal):
    """A field whose value cannot be read; parameter `field`."""

    code, example, example_at = "message-field-wrong", given(field="PID-8"), "PID^1^8"


class MessageControlIdUsed(MessageRefusal):
    """The sender used this MSH-10 for another message; parameter `control`."""

    status, issue_code, code = 409, "duplicate", "message-control-id-used"
    example, example_at = given(control="000123"), "MSH^1^10"


class AuthorityMissing(MessageRefusal):
    """A number without assigning authority; parameter `field`."""

    issue_code, code = "required", "authority-missing"
    example, example_at = given(field="PID-3"), "PID^1^3^1^4"


class AuthorityUnknown(MessageRefusal):
    """An assigning authority that is not registered; parameter `authority`."""

    issue_code, code = "code-invalid", "authority-unknown"
    example, example_at = given(authority="1.3.182.3.1.1.99999999.2"), "PID^1^3^1^4"


class OwnNumberMissing(MessageRefusal):
    """Not exactly one number of the sender's own domain; parameter `field`."""

    issue_code, code = "required", "own-number-missing"
    example, example_at = given(field="PID-3"), "PID^1^3"


class SenderUnknown(MessageRefusal):
    """No organisation with a domain of patients; parameter `sender`."""

    status, issue_code, code = 403, "forbidden", "sender-unknown"
    example, example_at = given(sender="99999999"), "MSH^1^4"


class SenderForeign(MessageRefusal):
    """The client certificate belongs to another organisation than MSH-4; parameter `sender`."""

    status, issue_code, code = 403, "forbidden", "sender-foreign"
    example, example_at = given(sender="90100112"), "MSH^1^4"


class QueryNumberUnknown(MessageRefusal):
    """A query for a number that its domain does not know; parameter `domain`."""

    status, issue_code, code = 404, "not-found", "query-number-unknown"
    example, example_at = given(domain="urn:oid:1.3.182.3.1.1.90100112.2"), "QPD^1^3^1^1"


class QueryParameterUnknown(MessageRefusal):
    """A search parameter, or a name of a query, that nobody knows here; parameter `name`."""

    issue_code, code = "not-supported", "query-parameter-unknown"
    example, example_at = given(name="@PID.99"), "QPD^1^3"


class QueryTooBroad(MessageRefusal):
    """More persons fit than one query may find; parameter `most`."""

    status, issue_code, code = 422, "too-costly", "query-too-broad"
    example, example_at = given(most=500), "QPD^1^3"


class ContinuationUnknown(MessageRefusal):
    """A continuation pointer that continues nothing, or no longer; parameter `pointer`."""

    status, issue_code, code = 404, "not-found", "continuation-unknown"
    example, example_at = given(pointer="2f0c1a"), "DSC^1^1"
