"""`$match` as a caller of the FHIR API asks it: who asks, who may it be, and that it was asked."""

from functools import partial

from reference_server.services.patients.fhir.matching import Question
from reference_server.services.patients.model.comparison import Candidate
from reference_server.services.patients.model.index import Person
from reference_server.services.patients.operations.match import match
from reference_server.services.patients.operations.tracing import looked_at
from reference_server.services.patients.rules.submission import check_traits
from reference_server.services.patients.store.persons import get_person
from reference_server.world import Call, authorise, record


async def ask(call: Call, question: Question) -> tuple[tuple[Candidate, Person], ...]:
    """Return who may be the person described, the likeliest first; creates nothing.

    Who was found is in the audit trail before the answer leaves. Questions that come together
    share a commit. Raises the AccessRefusals and TraitWrong.
    """
    # AUTHORISE
    authorise(call)
    # CHECK
    check_traits(question.traits)
    # LOAD
    with call.world.store.read() as tx:
        found = match(tx, question.traits, only_certain=question.only_certain, count=question.count)
        persons = [get_person(tx, each.person) for each in found]
    known = tuple(
        (candidate, person)
        for candidate, person in zip(found, persons, strict=True)
        if person is not None
    )
    # RECORD
    looked_at(call.deed, (person for _, person in known))
    await call.world.together.write(partial(record, call))
    return known
