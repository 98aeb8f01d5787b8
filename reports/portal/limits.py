"""How often one connection's address may do what can be abused; kept in memory, told to nobody.

An address is known by a hash whose key is made with the process and ends with it: neither store nor
log has it. Behind one address may be a whole hospital: the limits stop programs, not people.
"""

import hashlib
import hmac
import ipaddress
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from starlette.types import Scope

from reference_server.kernel.intake import read_headers
from reports.portal.errors import TooOften

Kind: TypeAlias = Literal["begin", "code", "upload", "sign-in"]
MOST_KNOWN: Final = 50_000
_SITE_BITS: Final = 64
"""Who has one IPv6 address has a network of them."""
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many at once, and then one every so many seconds."""

    at_once: int
    seconds: float
    only_failures: bool = False


LIMITS: Final[Mapping[Kind, Limit]] = {
    "begin": Limit(at_once=1000, seconds=1),
    "code": Limit(at_once=60, seconds=10, only_failures=True),
    "upload": Limit(at_once=200, seconds=3),
    "sign-in": Limit(at_once=200, seconds=3),
}
KINDS: Final[Mapping[tuple[str, str], Kind]] = {
    ("POST", "/cesar/profile"): "begin",
    ("POST", "/cesar/resume"): "code",
    ("POST", "/cesar/compare"): "code",
    ("GET", "/vendor/sign-in"): "sign-in",
    ("GET", "/vendor/back"): "sign-in",
    ("POST", "/vendor/file"): "sign-in",
    ("POST", "/vendor/signed-out"): "sign-in",
    ("POST", "/vendor/dossiers"): "upload",
    ("POST", "/vendor/dossier/{dossier}/question/{question}/evidence"): "upload",
    ("POST", "/vendor/dossier/{dossier}/components"): "upload",
    ("POST", "/vendor/dossier/{dossier}/campaign"): "upload",
}


@dataclass(slots=True)
class Limits:
    """Owns what is left to each address. `clock` in seconds; `is_proxied` where a proxy ends TLS.

    Behind a proxy the address is the last one that `X-Forwarded-For` names, which the proxy itself
    wrote; where it names none, nothing is limited here, for everybody would be one.
    """

    clock: Callable[[], float] = time.monotonic
    is_proxied: bool = False
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)

    def ask(self, kind: Kind, scope: Scope) -> None:
        """Raise TooOften where nothing is left; where every try counts, count this one."""
        limit, own = LIMITS[kind], self._own(kind, scope)
        if own is None:
            return
        with self._lock:
            left = self._now_left(own, limit)
            if left < 1:
                raise TooOften(seconds=math.ceil((1 - left) * limit.seconds))
            if not limit.only_failures:
                self._put(own, left - 1)

    def answered(self, kind: Kind, scope: Scope, status: int) -> None:
        """Count a try that failed, where only those count."""
        limit, own = LIMITS[kind], self._own(kind, scope)
        if own is None or not limit.only_failures or status < _REFUSED:
            return
        with self._lock:
            self._put(own, max(self._now_left(own, limit) - 1, 0))

    def _now_left(self, own: bytes, limit: Limit) -> float:
        left, at = self._left.get(own, (float(limit.at_once), self.clock()))
        return min(limit.at_once, left + (self.clock() - at) / limit.seconds)

    def _put(self, own: bytes, left: float) -> None:
        self._left[own] = (left, self.clock())
        self._left.move_to_end(own)
        while len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)

    def _own(self, kind: Kind, scope: Scope) -> bytes | None:
        address = self._address(scope)
        if address is None:
            return None
        told = f"{kind} {address}".encode()
        return hmac.new(self._key, told, hashlib.sha256).digest()[:16]

    def _address(self, scope: Scope) -> str | None:
        if self.is_proxied:
            named = read_headers(scope).get("x-forwarded-for", "").rpartition(",")[2]
        else:
            client = scope.get("client")
            named = str(client[0]) if client else ""
        try:
            found = ipaddress.ip_address(named.strip())
        except ValueError:
            return None
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is not None:
                return str(found.ipv4_mapped)
            return str(ipaddress.ip_network((found, _SITE_BITS), strict=False))
        return str(found)
