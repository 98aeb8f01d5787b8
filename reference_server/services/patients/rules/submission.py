"""What may be said of a person: domains, numbers, names, dates, lengths; pure.

Domains and who may speak for them: OID 1.3.182.3.1.1 is the arc of local numbers; OHIE CR-01 to
CR-04 are the rules that a client registry is usually held to.
"""

import re
from dataclasses import fields
from datetime import date
from typing import Final

import msgspec

from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors import (
    DomainForeign,
    DomainUnknown,
    LocalIdWrong,
    NameMissing,
    ReasonMissing,
    TraitWrong,
)
from reference_server.services.patients.model.index import Actor, Domain, Submission
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.rules.matricule import check_matricule
from reference_server.world import Settings

LONGEST_ID: Final = 64
LONGEST_TEXT: Final = 250
MOST_VALUES: Final = 30
_LOCAL_ID: Final = re.compile(r"(?!\s)[^\x00-\x1f\x7f^~\\&|]+(?<!\s)")
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DOUBTFUL: Final = re.compile(rb'[\\\x7f]|"[^"]{%d}' % (LONGEST_TEXT + 1))


def check_domain(domain: Domain | None, oid: str, actor: Actor) -> Domain:
    """OID 1.3.182.3.1.1: a registered domain, and the sender's own."""
    if domain is None:
        raise DomainUnknown(domain=oid[:LONGEST_ID])
    if domain.organisation != actor.organisation:
        raise DomainForeign(domain=domain.oid)
    return domain


def check_local_id(value: str) -> None:
    """OID 1.3.182.3.1.1: a local number is a short text without signs that separate."""
    if len(value) > LONGEST_ID or not _LOCAL_ID.fullmatch(value):
        raise LocalIdWrong(most=LONGEST_ID)


def check_submission(submission: Submission, *, today: date, settings: Settings) -> None:
    """OID 1.3.182.4.4: a name, readable traits, and a matricule that is one and nobody's."""
    traits = submission.traits
    check_local_id(submission.local_id)
    if not (traits.birth_family or traits.used_family or traits.given):
        raise NameMissing
    check_traits(traits)
    for each in traits.identifiers:
        check_local_id(each.value)
        if each.system == MATRICULE:
            check_matricule(each.value, today=today, settings=settings)


def check_traits(traits: Traits) -> None:
    """OID 1.3.182.2.4.2: whatever is told can be read and kept."""
    for trait in ("birth_date", "deceased_on"):
        if not is_date(getattr(traits, trait)):
            raise TraitWrong(trait=trait)
    if _is_surely_plain(traits):
        return
    told: list[str] = []
    for name in _NAMES:
        before, value = len(told), getattr(traits, name)
        if isinstance(value, tuple) and len(value) > MOST_VALUES:
            raise TraitWrong(trait=name)
        _gather(value, told)
        some = told[before:]
        if some and (len(max(some, key=len)) > LONGEST_TEXT or _CONTROL.search("".join(some))):
            raise TraitWrong(trait=name)


def _is_surely_plain(traits: Traits) -> bool:
    """Tell whether nothing can be too long, too many or a control sign: OID 1.3.182.2.4.2.

    Looked at in one piece, as JSON, where every control sign but the last is escaped; most traits
    need no more. A text of more signs than may be is one of more bytes.
    """
    written = msgspec.json.encode(traits)
    most = max(map(len, (traits.given, traits.addresses, traits.telecom, traits.identifiers)))
    return most <= MOST_VALUES and not _DOUBTFUL.search(written)


def is_date(value: str) -> bool:
    """Tell whether a text is a date of the calendar, a month, a year, or empty."""
    if not value:
        return True
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value + "-01-01"[len(value) - 10 :] if len(value) < 10 else value)  # noqa: PLR2004 - a full date
    except ValueError:
        return False
    return True


def check_reason(why: str) -> None:
    """OID 1.3.182.2.4.2: whoever decides about identities says why."""
    if not why.strip():
        raise ReasonMissing
    if len(why) > LONGEST_TEXT or _CONTROL.search(why):
        raise TraitWrong(trait="why")


_NAMES: Final = tuple(field.name for field in fields(Traits))


def _gather(value: object, told: list[str]) -> None:
    """OID 1.3.182.2.4.2: add every text inside a trait, of lists so many as may be there."""
    if isinstance(value, str):
        told.append(value)
    elif isinstance(value, tuple):
        for each in value[: MOST_VALUES + 1]:
            _gather(each, told)
    else:
        slots: tuple[str, ...] = getattr(type(value), "__slots__", ())
        for name in slots:
            _gather(getattr(value, name), told)
