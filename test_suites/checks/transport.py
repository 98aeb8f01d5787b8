"""Facts about the TLS that a server offers, read from what the lab's probes measured."""

from collections.abc import Iterator, Mapping
from typing import Final

from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.transcript import Exhibit, ExhibitKind
from test_suites.core.view import View, in_exhibit
from test_suites.match import tls_levels
from test_suites.match.jsontext import read_json
from test_suites.match.tls_levels import Anssi, Mozilla, Row

MEASURED: Final = "tls.json"
"""The name of the exhibit that holds what was measured."""
WEAK_HASHES: Final = frozenset({"md5", "sha1"})


def _measured(view: View) -> tuple[Exhibit, Mapping[str, JsonValue]] | None:
    """Return what was measured of the service; None where no handshake succeeded at all."""
    for exhibit in view.exhibits(ExhibitKind.MEASURED):
        facts = read_json(exhibit.content)
        if exhibit.name == MEASURED and isinstance(facts, dict):
            return (exhibit, facts) if facts.get("versions") or facts.get("anonymous") else None
    return None


def _suites(facts: Mapping[str, JsonValue]) -> tuple[str, ...]:
    by_version = facts.get("suites")
    lists = by_version.values() if isinstance(by_version, dict) else ()
    return tuple(str(name) for each in lists if isinstance(each, list) for name in each)


def _texts(facts: Mapping[str, JsonValue], name: str) -> tuple[str, ...]:
    value = facts.get(name)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _certificate(facts: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    value = facts.get("certificate")
    return value if isinstance(value, dict) else {}


def rows(facts: Mapping[str, JsonValue]) -> tuple[Row, ...]:
    """Return everything measured with its levels: versions, suites, the server's key."""
    shown = _certificate(facts)
    bits = shown.get("bits")
    key = [tls_levels.of_key(str(shown.get("key")), bits)] if isinstance(bits, int) else []
    return (
        *(tls_levels.of_version(version) for version in _texts(facts, "versions")),
        *(tls_levels.of_suite(suite) for suite in _suites(facts)),
        *key,
    )


def _without(view: View, unwanted: Iterator[str], facts: Exhibit) -> Observation:
    """Return held where nothing unwanted is offered."""
    found = tuple(unwanted)
    return view.decide(
        in_exhibit(facts), holds=not found, expected="-", actual=", ".join(found) or "-"
    )


def tls_versions(view: View) -> Iterator[Observation]:
    """The server agrees to none of the versions that are named."""
    measured = _measured(view)
    if measured is None:
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    forbidden = view.words("forbidden")
    yield _without(view, (v for v in _texts(facts, "versions") if v in forbidden), exhibit)


def tls_suites_sound(view: View) -> Iterator[Observation]:
    """The server agrees to no suite that encrypts nothing or with what is broken."""
    measured = _measured(view)
    if measured is None:
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    yield _without(view, (s for s in _suites(facts) if tls_levels.is_broken(s)), exhibit)


def tls_forward_secrecy(view: View) -> Iterator[Observation]:
    """The server agrees to no suite without forward secrecy."""
    measured = _measured(view)
    if measured is None:
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    static = (s for s in _suites(facts) if tls_levels.lacks_forward_secrecy(s))
    yield _without(view, static, exhibit)


def tls_authenticated(view: View) -> Iterator[Observation]:
    """The server agrees to no connection without its certificate."""
    measured = _measured(view)
    if measured is None:
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    anonymous = ["anonymous"] if facts.get("anonymous") else []
    yield _without(view, iter(anonymous), exhibit)


def tls_key(view: View) -> Iterator[Observation]:
    """The server's key is at least as long as the guides ask."""
    measured = _measured(view)
    found = [row for row in rows(measured[1]) if row.topic == "key"] if measured else []
    if measured is None or not found:
        yield view.unobserved("tls-not-measured")
        return
    yield view.decide(
        in_exhibit(measured[0]),
        holds=found[0].mozilla is not Mozilla.NONE,
        expected="EC >= 256, RSA >= 2048",
        actual=found[0].found,
    )


def tls_signature_hash(view: View) -> Iterator[Observation]:
    """The server's certificate is not signed with a weak hash."""
    measured = _measured(view)
    named = _certificate(measured[1]).get("hash") if measured else None
    if measured is None or not isinstance(named, str):
        yield view.unobserved("tls-not-measured")
        return
    yield view.decide(
        in_exhibit(measured[0]),
        holds=named not in WEAK_HASHES,
        expected="sha256, sha384, sha512",
        actual=named,
    )


def tls_trusted(view: View) -> Iterator[Observation]:
    """A careful client trusts the server's certificate: chain, dates, host, usage."""
    measured = _measured(view)
    if measured is None or not isinstance(measured[1].get("trusted"), bool):
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    yield view.decide(
        in_exhibit(exhibit),
        holds=facts["trusted"] is True,
        expected="-",
        actual=str(facts.get("distrust") or "-"),
    )


def tls_level(view: View) -> Iterator[Observation]:
    """Everything the server offers reaches a level of a guide."""
    measured = _measured(view)
    if measured is None:
        yield view.unobserved("tls-not-measured")
        return
    exhibit, facts = measured
    guide, wanted = view.text("guide"), view.text("level")
    order = [level.value for level in (Mozilla if guide == "mozilla" else Anssi)]
    below = [
        f"{row.found} ({row.mozilla if guide == 'mozilla' else row.anssi})"
        for row in rows(facts)
        if order.index(row.mozilla if guide == "mozilla" else row.anssi) > order.index(wanted)
    ]
    yield view.decide(
        in_exhibit(exhibit), holds=not below, expected=wanted, actual=", ".join(below) or wanted
    )
