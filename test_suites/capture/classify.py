"""Names the operation of a request from its method and path; knows no actor and no verdict."""

import re
from typing import Final

_OPERATIONS: Final = (
    ("POST", re.compile(r"/fhir/\$submit-prescription/?$"), "submit-prescription"),
    ("POST", re.compile(r"/fhir/\$retrieve-prescription/?$"), "retrieve-prescription"),
    ("POST", re.compile(r"/fhir/Task/[^/]+/\$reserve/?$"), "reserve"),
    ("POST", re.compile(r"/fhir/Task/[^/]+/\$release/?$"), "release"),
    ("POST", re.compile(r"/fhir/Task/[^/]+/\$dispense/?$"), "dispense"),
    ("POST", re.compile(r"/fhir/Task/[^/]+/\$cancel/?$"), "cancel"),
    ("GET", re.compile(r"/fhir/Task/[^/$]+/?$"), "read-task"),
    ("GET", re.compile(r"/fhir/Task/?$"), "search-task"),
    ("POST", re.compile(r"/fhir/Task/_search/?$"), "search-task"),
    ("POST", re.compile(r"/fhir/Patient/\$match/?$"), "match-patient"),
    ("GET", re.compile(r"/fhir/Patient/\$ihe-pix/?$"), "cross-reference-patient"),
    ("POST", re.compile(r"/fhir/Patient/\$ihe-pix/?$"), "cross-reference-patient"),
    ("POST", re.compile(r"/fhir/Patient/_search/?$"), "search-patient"),
    ("GET", re.compile(r"/fhir/Patient/?$"), "search-patient"),
    ("GET", re.compile(r"/fhir/Patient/[^/$]+/?$"), "read-patient"),
    ("PUT", re.compile(r"/fhir/Patient/?$"), "feed-patient"),
    ("DELETE", re.compile(r"/fhir/Patient/?$"), "remove-patient"),
    ("POST", re.compile(r"/fhir/Subscription/?$"), "subscribe-patients"),
    ("GET", re.compile(r"/fhir/Subscription/[^/$]+/?$"), "read-subscription"),
    ("PUT", re.compile(r"/fhir/Subscription/[^/$]+/?$"), "change-subscription"),
    ("DELETE", re.compile(r"/fhir/Subscription/[^/$]+/?$"), "cancel-subscription"),
    ("GET", re.compile(r"/fhir/metadata/?$"), "metadata"),
    ("GET", re.compile(r"/\.well-known/(openid-configuration|oauth-authorization-server)/?$"),
     "discovery"),
    ("POST", re.compile(r"/protocol/openid-connect/token/?$"), "token"),
    ("GET", re.compile(r"/protocol/openid-connect/auth/?$"), "authorize"),
    ("POST", re.compile(r"/protocol/openid-connect/auth/?$"), "authorize"),
    ("GET", re.compile(r"/protocol/openid-connect/certs/?$"), "jwks"),
    ("GET", re.compile(r"/protocol/openid-connect/userinfo/?$"), "userinfo"),
    ("POST", re.compile(r"/protocol/openid-connect/userinfo/?$"), "userinfo"),
    ("GET", re.compile(r"/protocol/openid-connect/logout/?$"), "end-session"),
    ("POST", re.compile(r"/protocol/openid-connect/logout/?$"), "end-session"),
    ("POST", re.compile(r"/login/?$"), "login"),
)  # fmt: skip

MLLP: Final = "MLLP"
"""Stands for the method of a message of HL7 v2; its target ends with its type and event."""
OTHER: Final = "other"


def classify(method: str, target: str) -> str:
    """Return the operation's name, `other` where no path of the service matches."""
    path = target.partition("?")[0].replace("%24", "$")
    if method == MLLP:
        return f"hl7-{path.rpartition('/')[2].lower().replace('^', '-')}"
    for verb, shape, name in _OPERATIONS:
        if verb == method and shape.search(path):
            return name
    return OTHER
