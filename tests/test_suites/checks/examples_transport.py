"""For each check of the TLS that a server offers: where it holds, and where it breaks."""

import json

from test_suites.core.transcript import ExhibitKind
from test_suites.core.view import View
from tests.test_suites.core.build import Loose, exhibit, view

GOOD: dict[str, Loose] = {
    "versions": ["TLSv1.2", "TLSv1.3"],
    "suites": {
        "TLSv1.2": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
        "TLSv1.3": ["TLS_AES_128_GCM_SHA256"],
    },
    "anonymous": False,
    "trusted": True,
    "distrust": "",
    "certificate": {"key": "EC", "bits": 256, "hash": "sha256"},
}


def measured(check: str, *, params: dict[str, Loose] | None = None, **facts: Loose) -> View:
    content = json.dumps(GOOD | facts)
    return view(check, exhibit(ExhibitKind.MEASURED, content, name="tls.json"), **(params or {}))


OLD = {"forbidden": ["SSLv3", "TLSv1.0", "TLSv1.1"]}
LEVEL = {"guide": "mozilla", "level": "intermediate"}
NULL = {"TLSv1.2": ["TLS_ECDHE_ECDSA_WITH_NULL_SHA"]}
STATIC = {"TLSv1.2": ["TLS_RSA_WITH_AES_128_GCM_SHA256"]}

HOLDS: dict[str, View] = {
    "tls-versions": measured("tls-versions", params=OLD),
    "tls-suites-sound": measured("tls-suites-sound"),
    "tls-forward-secrecy": measured("tls-forward-secrecy"),
    "tls-authenticated": measured("tls-authenticated"),
    "tls-key": measured("tls-key"),
    "tls-signature-hash": measured("tls-signature-hash"),
    "tls-trusted": measured("tls-trusted"),
    "tls-level": measured("tls-level", params=LEVEL),
}
BREAKS: dict[str, View] = {
    "tls-versions": measured("tls-versions", params=OLD, versions=["TLSv1.0", "TLSv1.2"]),
    "tls-suites-sound": measured("tls-suites-sound", suites=NULL),
    "tls-forward-secrecy": measured("tls-forward-secrecy", suites=STATIC),
    "tls-authenticated": measured("tls-authenticated", anonymous=True),
    "tls-key": measured("tls-key", certificate={"key": "RSA", "bits": 1024, "hash": "sha256"}),
    "tls-signature-hash": measured(
        "tls-signature-hash", certificate={"key": "EC", "bits": 256, "hash": "sha1"}
    ),
    "tls-trusted": measured("tls-trusted", trusted=False, distrust="certificate has expired"),
    "tls-level": measured("tls-level", params=LEVEL, suites=STATIC),
}
