"""What is believed of a person, from the records linked to them; pure, the same on every run.

What identifies is taken from the most trusted source and of equals from the latest; how somebody
is reached, and the name in use, from the latest and of equals from the most trusted. *Assumed*:
no national text on survivorship is public.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from reference_server.services.patients.model.index import IdentityState, SourceRecord, Standing
from reference_server.services.patients.model.traits import Identifier, Sex, Traits

T = TypeVar("T")
_RANK: Final = {
    IdentityState.PROVISIONAL: 0,
    IdentityState.RETRIEVED: 1,
    IdentityState.VALIDATED: 2,
    IdentityState.QUALIFIED: 3,
}


def survivor(records: Sequence[SourceRecord], owned: Iterable[Identifier]) -> Traits:
    """Return the golden traits; `owned` are the numbers that are this person's alone."""
    active = [each for each in records if each.standing is Standing.ACTIVE]
    if len(active) == 1:
        return replace(active[0].traits, identifiers=_ordered(active, frozenset(owned)))
    trusted = sorted(active, key=lambda r: (r.trust, r.revised_at, -r.number), reverse=True)
    latest = sorted(active, key=lambda r: (r.revised_at, r.trust, -r.number), reverse=True)
    told = [record.traits for record in trusted]
    fresh = [record.traits for record in latest]
    return Traits(
        birth_family=_first(told, lambda t: t.birth_family, ""),
        used_family=_first(fresh, lambda t: t.used_family, ""),
        given=_first(told, lambda t: t.given, ()),
        sex=_first(told, lambda t: None if t.sex is Sex.UNKNOWN else t.sex, Sex.UNKNOWN),
        birth_date=_most_exact(told),
        birth_place=_first(told, lambda t: t.birth_place, ""),
        birth_country=_first(told, lambda t: t.birth_country, ""),
        addresses=_first(fresh, lambda t: t.addresses, ()),
        telecom=_first(fresh, lambda t: t.telecom, ()),
        mothers_maiden_name=_first(told, lambda t: t.mothers_maiden_name, ""),
        multiple_birth=any(each.multiple_birth for each in told),
        deceased=any(each.deceased for each in told),
        deceased_on=_first(told, lambda t: t.deceased_on, ""),
        identifiers=_ordered(trusted, frozenset(owned)),
    )


def _ordered(
    trusted: Sequence[SourceRecord], owned: frozenset[Identifier]
) -> tuple[Identifier, ...]:
    """Return a person's numbers, those of the best source first: of two matricules it is used."""
    told = (one for record in trusted for one in record.traits.identifiers)
    local = sorted(record.local_identifier for record in trusted)
    return tuple(one for one in dict.fromkeys((*told, *local)) if one in owned)


def state_of(records: Sequence[SourceRecord]) -> IdentityState:
    """Return how sure a person's identity is: what the register gave and what somebody saw.

    One record retrieved and another validated make a qualified identity when their strict traits
    do not contradict each other; else the surest record counts.
    """
    active = [each for each in records if each.standing is Standing.ACTIVE]
    states = {each.state for each in active}
    if {IdentityState.RETRIEVED, IdentityState.VALIDATED} <= states and _agree(active):
        return IdentityState.QUALIFIED
    return max(states, key=_RANK.__getitem__, default=IdentityState.PROVISIONAL)


def _agree(records: Sequence[SourceRecord]) -> bool:
    sure = [each.traits for each in records if each.state is not IdentityState.PROVISIONAL]
    dates = {each.birth_date for each in sure if each.birth_date}
    names = {each.birth_family.casefold() for each in sure if each.birth_family}
    firsts = {each.given[0].casefold() for each in sure if each.given}
    return max(len(dates), len(names), len(firsts)) <= 1


def _most_exact(told: Sequence[Traits]) -> str:
    """Return the best source's birth date; of one that fits it and says more, that one."""
    best = _first(told, lambda t: t.birth_date, "")
    fitting = (t.birth_date for t in told if best and t.birth_date.startswith(f"{best}-"))
    return max(fitting, key=len, default=best)


def _first(told: Sequence[Traits], of: Callable[[Traits], T | None], otherwise: T) -> T:
    return next((value for value in map(of, told) if value), otherwise)
