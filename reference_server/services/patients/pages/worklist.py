"""The list of possible duplicates, one pair side by side, and deciding it; decides nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.web import check_forgery, read_form, see_other
from reference_server.kernel.web.pagination import Paging
from reference_server.services.patients.errors import DecisionMissing
from reference_server.services.patients.model.comparison import Decision
from reference_server.services.patients.operations import worklist
from reference_server.services.patients.operations.look import sources
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.pages.sides import name_of, percent, reasons, rows, signed
from reference_server.services.patients.pages.visits import (
    HOME,
    MERGED,
    Officer,
    for_officers,
    is_record_number,
    shown,
)
from reference_server.world import Call


@for_officers
async def show_list(call: Call, officer: Officer) -> Response:
    """Show what awaits a decision, the likeliest first."""
    visit = officer.visit
    wanted = visit.asked("decision", Decision.OPEN)
    decision = Decision(wanted) if wanted in set(Decision) else Decision.OPEN
    with call.world.store.read() as tx:
        paging = Paging.of(visit, worklist.total(tx, decision))
        skip = max(paging.first_item - 1, 0)
        found = worklist.doubts(tx, decision=decision, skip=skip, most=paging.size)
    persons = (person for each in found for person in each.persons)
    await officer.trace(call, "list-identity-pairs", persons)
    return shown(
        officer,
        "worklist.html",
        title=visit.text("identities.title"),
        doubts=found,
        paging=paging,
        decision=decision.value,
        decisions=tuple(each.value for each in Decision),
        name_of=name_of,
        percent=partial(percent, visit),
        reasons=partial(reasons, visit),
        merged=officer.session.value(MERGED),
    )


@for_officers
async def show_pair(call: Call, officer: Officer) -> Response:
    """Show two records side by side, with what gave the score."""
    return await _pair(call, officer)


@for_officers
async def decide(call: Call, officer: Officer) -> Response:
    """Write a decision down with its reason, and go on to the next pair."""
    form = read_form(officer.visit)
    check_forgery(officer.visit, form, officer.session)
    act = _ACTS.get(form.value("decision"))
    if act is None:
        missing = DecisionMissing()
        said = officer.visit.voice.refusal(missing)
        return await _pair(call, officer, error=said, status=missing.status)
    low, high = _numbers(call)
    try:
        with call.world.store.write() as tx:
            writing = officer.writing(call, tx, form.value("why"))
            stays = act(writing, low, high)
    except Refusal as refusal:
        said = officer.visit.voice.refusal(refusal)
        why = form.value("why")
        return await _pair(call, officer, error=said, status=refusal.status, why=why)
    session = officer.session.with_flash("identities.decided").with_value(MERGED, stays or "")
    kept = officer.sessions.put(session)
    return officer.sessions.carried(see_other(officer.visit.link(HOME)), kept, officer.visit)


_ACTS: Final[Mapping[str, Callable[[Writing, int, int], str | None]]] = {
    "same": worklist.decide_same,
    "different": worklist.decide_different,
    "defer": worklist.defer,
    "open": worklist.withdraw,
}


async def _pair(
    call: Call, officer: Officer, *, error: str = "", status: int = 200, why: str = ""
) -> Response:
    low, high = _numbers(call)
    visit = officer.visit
    with call.world.store.read() as tx:
        found = worklist.doubt(tx, low, high)
        names = sources(tx)
    await officer.trace(call, "read-identity-pair", found.persons)
    comparison = found.pair.comparison
    return shown(
        officer,
        "pair.html",
        title=visit.text("identities.pair"),
        status=status,
        doubt=found,
        stays=worklist.better(found).mpi,
        comparison=comparison,
        percent=percent(visit, comparison.probability),
        signed=partial(signed, visit),
        reasons=partial(reasons, visit),
        rows=tuple(rows(visit, found, names)),
        acts=("open",) if found.pair.decision is Decision.DIFFERENT else tuple(_ACTS)[:3],
        error=error,
        why=why,
    )


def _numbers(call: Call) -> tuple[int, int]:
    told = (call.path_values["low"], call.path_values["high"])
    if not all(map(is_record_number, told)):
        raise OperationUnknown(path=call.path)
    return int(told[0]), int(told[1])
