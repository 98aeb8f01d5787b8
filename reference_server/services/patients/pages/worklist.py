"""The list of possible duplicates, one pair side by side, and deciding it; decides nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.web import check_forgery, read_form, see_other
from reference_server.services.patients.errors import DecisionMissing
from reference_server.services.patients.model.comparison import Decision
from reference_server.services.patients.model.index import SourceRecord
from reference_server.services.patients.operations import worklist
from reference_server.services.patients.operations.worklist import Doubt
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.pages.visits import (
    HOME,
    SITE,
    Officer,
    officer_of,
    to_sign_in,
)
from reference_server.world import Call

MOST: Final = 50
_TRAITS: Final = (
    "birth_family",
    "used_family",
    "given",
    "sex",
    "birth_date",
    "birth_place",
    "address",
    "telecom",
    "mothers_maiden_name",
    "numbers",
    "state",
    "source",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trait of both records; `mark` is same, differs or one (told by one side only)."""

    trait: str
    left: str
    right: str
    mark: str


async def show_list(call: Call) -> Response:
    """Show what awaits a decision, the likeliest first."""
    officer = officer_of(call)
    if officer is None:
        return to_sign_in(call)
    wanted = officer.visit.asked("decision", Decision.OPEN)
    decision = Decision(wanted) if wanted in set(Decision) else Decision.OPEN
    with call.world.store.read() as tx:
        page = worklist.doubts(tx, decision=decision, most=MOST)
    return _answer(
        officer,
        "worklist.html",
        title=officer.visit.text("identities.title"),
        page=page,
        decision=decision.value,
        decisions=tuple(each.value for each in Decision),
        names=[(_name(each.records[0]), _name(each.records[1])) for each in page.doubts],
    )


async def show_pair(call: Call) -> Response:
    """Show two records side by side, with what gave the score."""
    officer = officer_of(call)
    if officer is None:
        return to_sign_in(call)
    return _pair(call, officer)


async def decide(call: Call) -> Response:
    """Write a decision down with its reason, and go on to the next pair."""
    officer = officer_of(call)
    if officer is None:
        return to_sign_in(call)
    form = read_form(officer.visit)
    check_forgery(officer.visit, form, officer.session)
    act = _ACTS.get(form.value("decision"))
    if act is None:
        missing = DecisionMissing()
        said = officer.visit.voice.refusal(missing)
        return _pair(call, officer, error=said, status=missing.status)
    low, high = _numbers(call)
    try:
        with call.world.store.write() as tx:
            actor = officer.actor(call.request_id)
            writing = Writing(world=call.world, tx=tx, actor=actor, why=form.value("why"))
            act(writing, low, high)
    except Refusal as refusal:
        said = officer.visit.voice.refusal(refusal)
        return _pair(call, officer, error=said, status=refusal.status, why=form.value("why"))
    kept = officer.sessions.put(officer.session.with_flash("identities.decided"))
    return officer.sessions.carried(see_other(officer.visit.link(HOME)), kept, officer.visit)


_ACTS: Final[Mapping[str, Callable[[Writing, int, int], object]]] = {
    "same": worklist.decide_same,
    "different": worklist.decide_different,
    "defer": worklist.defer,
    "open": worklist.withdraw,
}


def _pair(
    call: Call, officer: Officer, *, error: str = "", status: int = 200, why: str = ""
) -> Response:
    low, high = _numbers(call)
    with call.world.store.read() as tx:
        found = worklist.doubt(tx, low, high)
    comparison = found.pair.comparison
    return _answer(
        officer,
        "pair.html",
        title=officer.visit.text("identities.pair"),
        status=status,
        doubt=found,
        comparison=comparison,
        percent=f"{100 * comparison.probability:.1f}",
        rows=tuple(rows(found)),
        acts=("open",) if found.pair.decision is Decision.DIFFERENT else tuple(_ACTS)[:3],
        error=error,
        why=why,
    )


def rows(found: Doubt) -> Iterator[Row]:
    """Give every trait that either record tells."""
    left, right = (_told(each) for each in found.records)
    for trait in _TRAITS:
        one, other = left[trait], right[trait]
        if one or other:
            both = "same" if one.casefold() == other.casefold() else "differs"
            yield Row(trait=trait, left=one, right=other, mark=both if one and other else "one")


def _told(record: SourceRecord) -> dict[str, str]:
    traits = record.traits
    address = traits.addresses[0] if traits.addresses else None
    lines = () if address is None else (*address.line, f"{address.postal_code} {address.city}")
    return {
        "birth_family": traits.birth_family,
        "used_family": traits.used_family,
        "given": " ".join(traits.given),
        "sex": traits.sex.value,
        "birth_date": traits.birth_date,
        "birth_place": traits.birth_place,
        "address": ", ".join(line for line in lines if line.strip()),
        "telecom": ", ".join(each.value for each in traits.telecom),
        "mothers_maiden_name": traits.mothers_maiden_name,
        "numbers": ", ".join(each.value for each in traits.identifiers),
        "state": record.state.value,
        "source": f"{record.domain.removeprefix('urn:oid:')} · {record.local_id}",
    }


def _name(record: SourceRecord) -> str:
    traits = record.traits
    return f"{traits.birth_family or traits.used_family} {' '.join(traits.given)}".strip()


def _numbers(call: Call) -> tuple[int, int]:
    told = (call.path_values["low"], call.path_values["high"])
    if not all(each.isascii() and each.isdecimal() and len(each) < 16 for each in told):  # noqa: PLR2004 - longer than any number
        raise OperationUnknown(path=call.path)
    return int(told[0]), int(told[1])


def _answer(
    officer: Officer,
    template: str,
    *,
    title: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - whatever a template shows
) -> Response:
    answer = SITE.page(
        officer.visit, template, title=title, status=status, officer=officer, **values
    )
    if officer.session.flashes:
        officer.sessions.put(officer.session.without_flashes())
    return answer
