"""What identity officers read of a record: traits in words, and where two records differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from reference_server.kernel.web import Visit
from reference_server.services.patients.model.comparison import Comparison
from reference_server.services.patients.model.index import SourceRecord
from reference_server.services.patients.model.traits import Address, Traits
from reference_server.services.patients.operations.worklist import Doubt

_TRAITS: Final = (
    "birth_family",
    "used_family",
    "given",
    "sex",
    "birth_date",
    "birth_place",
    "multiple_birth",
    "deceased",
    "address",
    "telecom",
    "mothers_maiden_name",
    "numbers",
)
_ASIDE: Final = frozenset({"state", "source"})
_ALMOST: Final = 0.999
_WHOLE: Final = 0.5


class Piece(NamedTuple):
    """A part of a text, and whether the other side has something else there."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trait of both records; `mark` is same, differs or one (told by one side only).

    It is empty where nothing is compared: two records always have two sources.
    """

    trait: str
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    mark: str


def rows(visit: Visit, found: Doubt, sources: Mapping[str, str]) -> Iterator[Row]:
    """Give every trait that either record tells; `sources` are the names of domains."""
    left, right = (_of_record(visit, each, sources) for each in found.records)
    for trait, one in left.items():
        other = right[trait]
        if one or other:
            mark = "" if trait in _ASIDE else _mark(one, other)
            yield Row(
                trait=trait,
                left=pieces(one, other, mark),
                right=pieces(other, one, mark),
                mark=mark,
            )


def told(visit: Visit, traits: Traits) -> dict[str, str]:
    """Return what is told of somebody, trait by trait, in the visitor's words."""
    yes = visit.text("identities.yes")
    deceased = traits.deceased_on or (yes if traits.deceased else "")
    address = _address(traits.addresses[0]) if traits.addresses else ""
    texts = (
        traits.birth_family,
        traits.used_family,
        " ".join(traits.given),
        visit.text(f"identities.sex.{traits.sex.value}"),
        traits.birth_date,
        _joined((traits.birth_place, traits.birth_country)),
        yes if traits.multiple_birth else "",
        deceased,
        address,
        _joined(each.value for each in traits.telecom),
        traits.mothers_maiden_name,
        _joined(each.value for each in traits.identifiers),
    )
    return dict(zip(_TRAITS, texts, strict=True))


def source(record: SourceRecord, sources: Mapping[str, str]) -> str:
    """Return whose record it is, and its number there."""
    oid = record.domain.removeprefix("urn:oid:")
    return f"{sources.get(record.domain) or oid} · {record.local_id}"


def name_of(traits: Traits) -> str:
    """Return family and given names."""
    return f"{traits.birth_family or traits.used_family} {' '.join(traits.given)}".strip()


def percent(visit: Visit, probability: float) -> str:
    """Return a probability in percent as the visitor's language writes it.

    Never a hundred: what waits for a decision is not certain, however much agrees.
    """
    if probability > _ALMOST:
        return visit.text("identities.almost", percent=_decimal(visit, 100 * _ALMOST))
    return _decimal(visit, 100 * probability)


def signed(visit: Visit, weight: float) -> str:
    """Return a weight with its sign."""
    return f"{weight:+.1f}".replace(".", visit.text("identities.decimal"))


def reasons(visit: Visit, comparison: Comparison) -> str:
    """Return why a pair is not certain although its score would be."""
    return _joined(visit.text(f"identities.hold.{each.value}") for each in comparison.holds)


def pieces(text: str, other: str, mark: str) -> tuple[Piece, ...]:
    """Cut a text where the other one is not the same; what is hardly alike differs as a whole."""
    if mark != "differs":
        return (Piece(text, differs=False),)
    alike = SequenceMatcher(None, text.casefold(), other.casefold(), autojunk=False)
    if len(text.casefold()) != len(text) or alike.ratio() < _WHOLE:
        return (Piece(text, differs=True),)
    cut: list[Piece] = []
    at = 0
    for block in alike.get_matching_blocks():
        if block.a > at:
            cut.append(Piece(text[at : block.a], differs=True))
        if block.size:
            cut.append(Piece(text[block.a : block.a + block.size], differs=False))
        at = block.a + block.size
    return tuple(cut)


def _mark(one: str, other: str) -> str:
    if not (one and other):
        return "one"
    return "same" if one.casefold() == other.casefold() else "differs"


def _decimal(visit: Visit, value: float) -> str:
    return f"{value:.1f}".replace(".", visit.text("identities.decimal"))


def _of_record(visit: Visit, record: SourceRecord, sources: Mapping[str, str]) -> dict[str, str]:
    return told(visit, record.traits) | {
        "state": visit.text(f"identities.state.{record.state.value}"),
        "source": source(record, sources),
    }


def _address(address: Address) -> str:
    place = f"{address.postal_code} {address.city}".strip()
    return _joined((*address.line, place, address.country))


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(each for each in parts if each.strip())
