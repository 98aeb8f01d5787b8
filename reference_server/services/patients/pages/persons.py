"""One identity and its history, found by any of its numbers; and undoing what made it wrong."""

from typing import Final

from starlette.responses import Response

from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.web import check_forgery, read_form, see_other
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.operations import look, moves
from reference_server.services.patients.pages.sides import name_of, source, told
from reference_server.services.patients.pages.visits import (
    HOME,
    Officer,
    for_officers,
    is_record_number,
    shown,
)
from reference_server.world import Call

PERSONS: Final = f"{HOME}/persons"
_LONGEST: Final = 80


@for_officers
async def find_identity(call: Call, officer: Officer) -> Response:
    """Go to whoever has a number; of several persons, show each."""
    visit = officer.visit
    number = visit.asked("number").strip()[:_LONGEST]
    with call.world.store.read() as tx:
        found = look.whose(tx, number) if number else ()
    if len(found) == 1:
        return see_other(visit.link(f"{PERSONS}/{found[0].mpi}"))
    await officer.trace(call, "find-identity", found)
    return shown(
        officer,
        "persons.html",
        title=visit.text("identities.find"),
        number=number,
        found=tuple((each.mpi, name_of(each.traits), each.traits.birth_date) for each in found),
    )


@for_officers
async def show_identity(call: Call, officer: Officer) -> Response:
    """Show what is believed of a person, from which records, and everything that happened."""
    return await _person(call, officer)


@for_officers
async def separate(call: Call, officer: Officer) -> Response:
    """Undo a merge, or take one record away from a person; with a reason."""
    form = read_form(officer.visit)
    check_forgery(officer.visit, form, officer.session)
    mpi, record = _mpi(call), form.value("record")
    if record and not is_record_number(record):
        raise OperationUnknown(path=call.path)
    try:
        with call.world.store.write() as tx:
            writing = officer.writing(call, tx, form.value("why"))
            if record:
                moves.unlink_from(writing, int(record), mpi)
            else:
                moves.unmerge(writing, mpi)
    except Refusal as refusal:
        said, why = officer.visit.voice.refusal(refusal), form.value("why")
        return await _person(call, officer, error=said, status=refusal.status, why=why)
    kept = officer.sessions.put(officer.session.with_flash("identities.undone"))
    back = see_other(officer.visit.link(f"{PERSONS}/{mpi}"))
    return officer.sessions.carried(back, kept, officer.visit)


async def _person(
    call: Call, officer: Officer, *, error: str = "", status: int = 200, why: str = ""
) -> Response:
    visit, mpi = officer.visit, _mpi(call)
    with call.world.store.read() as tx:
        known, names = look.person(tx, mpi), look.sources(tx)
        events = look.story(tx, mpi)
    await officer.trace(call, "read-identity", (known.person,))
    active = [each for each in known.records if each.standing is Standing.ACTIVE]
    return shown(
        officer,
        "person.html",
        title=visit.text("identities.left", mpi=mpi),
        status=status,
        person=known.person,
        traits=[
            (visit.text(f"identities.trait.{trait.replace('_', '-')}"), text)
            for trait, text in told(visit, known.person.traits).items()
        ],
        records=[(each, source(each, names), name_of(each.traits)) for each in known.records],
        separable=[(each.number, source(each, names)) for each in active]
        if len(known.records) > 1
        else [],
        events=tuple(reversed(events)),
        error=error,
        why=why,
    )


def _mpi(call: Call) -> str:
    mpi = call.path_values["mpi"]
    if not (mpi.isascii() and mpi.isdecimal()):
        raise OperationUnknown(path=call.path)
    return mpi
