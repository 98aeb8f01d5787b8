"""What published guides say of TLS versions, suites and keys; pure facts and their sources.

Two guides, each read into our own table: Mozilla's *Server Side TLS* 5.7 (2023-07-14; levels
modern, intermediate, old) and ANSSI's *Recommandations de sécurité relatives à TLS* 1.2
(26 March 2020, SDE-NT-35; annex A.1 recommended, A.2 degraded suites). What a guide does not
list has the level `none`. The reading is this project's; the guides themselves decide.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOZILLA_SOURCE: Final = "Mozilla Server Side TLS 5.7 (2023-07-14)"
ANSSI_SOURCE: Final = "ANSSI SDE-NT-35, TLS 1.2 (2020-03-26)"


class Mozilla(StrEnum):
    """Levels of Mozilla's guide, the best first."""

    MODERN = "modern"
    INTERMEDIATE = "intermediate"
    OLD = "old"
    NONE = "none"


class Anssi(StrEnum):
    """Levels of ANSSI's guide, the best first."""

    RECOMMENDED = "recommended"
    DEGRADED = "degraded"
    NONE = "none"


_MODERN_SUITES: Final = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)
_ECDHE_AEAD: Final = re.compile(
    r"TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)"
)
_DHE_AEAD: Final = re.compile(
    r"TLS_DHE_RSA_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)"
)
_OLD: Final = re.compile(
    r"TLS_(ECDHE_(ECDSA|RSA)|DHE_RSA|RSA)_WITH_"
    r"(AES_(128|256)_(CBC_SHA(256|384)?|GCM_SHA(256|384))|3DES_EDE_CBC_SHA)"
)
_ECDHE_CCM: Final = re.compile(r"TLS_(ECDHE_ECDSA_WITH_)?AES_(128|256)_CCM(_SHA256)?")
_ANSSI_DEGRADED: Final = re.compile(
    r"TLS_(ECDHE_(ECDSA|RSA)_WITH_AES_(128|256)_CBC_SHA(256|384)"
    r"|DHE_RSA_WITH_(AES_(128|256)_(GCM|CBC|CCM)(_SHA256|_SHA384)?|CHACHA20_POLY1305_SHA256))"
)
_BROKEN: Final = re.compile(r"_NULL_|_RC4_|_EXPORT_|_DES_CBC|_MD5$|NULL_SHA")
_STATIC: Final = re.compile(r"TLS_RSA_WITH_")
_VERSIONS: Final[Mapping[str, tuple[Mozilla, Anssi]]] = {
    "TLSv1.3": (Mozilla.MODERN, Anssi.RECOMMENDED),
    "TLSv1.2": (Mozilla.INTERMEDIATE, Anssi.RECOMMENDED),
    "TLSv1.1": (Mozilla.OLD, Anssi.NONE),
    "TLSv1.0": (Mozilla.OLD, Anssi.NONE),
    "SSLv3": (Mozilla.NONE, Anssi.NONE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing a server offers, and the level that each guide gives it."""

    topic: str
    found: str
    mozilla: Mozilla
    anssi: Anssi


def of_version(version: str) -> Row:
    """Return the levels of a protocol version."""
    mozilla, anssi = _VERSIONS.get(version, (Mozilla.NONE, Anssi.NONE))
    return Row(topic="version", found=version, mozilla=mozilla, anssi=anssi)


def of_suite(suite: str) -> Row:
    """Return the levels of a suite, by its IANA name."""
    return Row(topic="suite", found=suite, mozilla=_mozilla(suite), anssi=_anssi(suite))


def _mozilla(suite: str) -> Mozilla:
    if suite in _MODERN_SUITES:
        return Mozilla.MODERN
    if _ECDHE_AEAD.fullmatch(suite) or _DHE_AEAD.fullmatch(suite):
        return Mozilla.INTERMEDIATE
    return Mozilla.OLD if _OLD.fullmatch(suite) else Mozilla.NONE


def _anssi(suite: str) -> Anssi:
    if suite in _MODERN_SUITES or _ECDHE_AEAD.fullmatch(suite) or _ECDHE_CCM.fullmatch(suite):
        return Anssi.RECOMMENDED
    return Anssi.DEGRADED if _ANSSI_DEGRADED.fullmatch(suite) else Anssi.NONE


def of_key(kind: str, bits: int) -> Row:
    """Return the levels of a server's key: `RSA` or `EC`, and its size."""
    mozilla, anssi = Mozilla.NONE, Anssi.NONE
    if kind == "EC" and bits >= 256:  # noqa: PLR2004  P-256 and larger
        mozilla, anssi = Mozilla.MODERN, Anssi.RECOMMENDED
    elif kind == "RSA" and bits >= 2048:  # noqa: PLR2004  as both guides say
        mozilla = Mozilla.INTERMEDIATE
        anssi = Anssi.RECOMMENDED if bits >= 3072 else Anssi.DEGRADED  # noqa: PLR2004  as above
    return Row(topic="key", found=f"{kind} {bits}", mozilla=mozilla, anssi=anssi)


def is_broken(suite: str) -> bool:
    """Tell whether a suite encrypts nothing, or with what is broken (RFC 9325 §4.1)."""
    return _BROKEN.search(suite) is not None


def lacks_forward_secrecy(suite: str) -> bool:
    """Tell whether a suite carries its key under the server's own (RFC 9325 §4.1)."""
    return _STATIC.match(suite) is not None


def overall(rows: Iterable[Row]) -> tuple[Mozilla, Anssi]:
    """Return the levels of the whole: in each guide the worst of its parts."""
    known = tuple(rows)
    mozilla = max((list(Mozilla).index(row.mozilla) for row in known), default=len(Mozilla) - 1)
    anssi = max((list(Anssi).index(row.anssi) for row in known), default=len(Anssi) - 1)
    return list(Mozilla)[mozilla], list(Anssi)[anssi]
