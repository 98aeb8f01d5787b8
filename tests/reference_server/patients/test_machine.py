"""Whatever is done in whatever order, by whichever door: the index keeps its promises."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reference_server.kernel.errors import Refusal
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.fhir.query import Number
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.model.traits import Traits, local_domain
from reference_server.services.patients.operations import exchange, feed, moves, worklist
from reference_server.services.patients.rules.survivorship import survivor
from reference_server.services.patients.store.records import claims_of, records_of
from tests.reference_server.patients.calling import feeding
from tests.reference_server.patients.index import (
    ANNA,
    EAST,
    MAGGY,
    NORTH,
    SOUTH,
    TUN,
    Index,
    numbered,
)
from tests.reference_server.patients.speaking import Speaker, adt, code, cx, pid

WHO = st.sampled_from((NORTH, SOUTH, EAST))
NUMBERS = st.sampled_from(("1", "2"))
TOLD = st.sampled_from(
    (
        ANNA,
        numbered(ANNA, 901),
        numbered(ANNA, 902),
        numbered(MAGGY, 902),
        MAGGY,
        TUN,
        replace(TUN, identifiers=numbered(ANNA, 901).identifiers),
        replace(ANNA, used_family="Weber", telecom=()),
    )
)


FEEDS = st.sampled_from(("A28", "A31", "A08"))
WRITTEN = st.sampled_from(
    (("Schmit", "Anna", "19840317"), ("Schmit", "Maggy", "19840317"), ("Kayser", "Luc", "19600102"))
)
NATIONAL = st.sampled_from(
    ("", *(numbered(ANNA, number).identifiers[0].value for number in (901, 902)))
)


def written(who: str, number: str, told: tuple[str, str, str]) -> str:
    """Return PID of one of an organisation's patients."""
    family, given, born = told
    return pid(cx(number, who), name=f"{family}^{given}", born=born)


class Machine(RuleBasedStateMachine):
    """Random work on one index."""

    def __init__(self) -> None:
        super().__init__()
        self.index = Index()
        self.speaker = Speaker(self.index)
        self.said = 0

    def teardown(self) -> None:
        self.index.close()

    def standing(self) -> list[str]:
        rows = self.index.rows("person")
        return sorted(row["mpi"] for row in rows if row["standing"] == "active")

    def records(self) -> list[int]:
        return sorted(row["number"] for row in self.index.rows("record"))

    def may(self, call: Callable[..., object], *args: object, **named: object) -> bool:
        """Do something in a transaction of its own; a refusal must change nothing."""
        before = self.index.state()
        try:
            with self.index.writing() as writing:
                call(writing, *args, **named)
        except Refusal:
            assert self.index.state() == before
            return False
        return True

    @rule(traits=TOLD, who=WHO, number=NUMBERS)
    def tell(self, traits: Traits, who: str, number: str) -> None:
        before = self.index.state()
        try:
            self.index.feed(traits, who=who, number=number)
        except Refusal:
            assert self.index.state() == before

    @precondition(lambda self: len(self.standing()) > 1)
    @rule(data=st.data())
    def merge_and_undo(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(self.standing()))[:2]
        before = self.index.state()
        if self.may(moves.merge, kept=one, replaced=other):
            assert self.may(moves.unmerge, other)
            assert self.index.state() == before

    @precondition(lambda self: len(self.standing()) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(self.standing()))[:2]
        self.may(moves.merge, kept=one, replaced=other)

    @precondition(lambda self: any(r["standing"] == "merged" for r in self.index.rows("person")))
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        rows = self.index.rows("person")
        gone = sorted(row["mpi"] for row in rows if row["standing"] == "merged")
        self.may(moves.unmerge, data.draw(st.sampled_from(gone)))

    @precondition(lambda self: bool(self.records()))
    @rule(data=st.data())
    def link(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.records()))
        self.may(moves.link, record, data.draw(st.sampled_from([*self.standing(), "1000000000"])))

    @precondition(lambda self: bool(self.records()))
    @rule(data=st.data())
    def unlink(self, data: st.DataObject) -> None:
        self.may(moves.unlink, data.draw(st.sampled_from(self.records())))

    @rule(event=FEEDS, who=WHO, number=NUMBERS, told=WRITTEN)
    def say_a_feed(self, event: str, who: str, number: str, told: tuple[str, str, str]) -> None:
        """HL7 v2: A28, A31, A08 (ITI-30, ITI-8)."""
        self.say(event, who, written(who, number, told))

    @rule(event=st.sampled_from(("A24", "A37")), who=WHO, told=WRITTEN)
    def say_a_link(self, event: str, who: str, told: tuple[str, str, str]) -> None:
        """HL7 v2: A24, A37 (ITI-30)."""
        self.say(event, who, *(written(who, number, told) for number in ("1", "2")))

    @rule(event=st.sampled_from(("A40", "A47")), who=WHO, number=NUMBERS, old=NUMBERS, told=WRITTEN)
    def say_a_merge(
        self, *, event: str, who: str, number: str, old: str, told: tuple[str, str, str]
    ) -> None:
        """HL7 v2: A40, A47 (ITI-30)."""
        self.say(event, who, written(who, number, told), f"MRG|{cx(old, who)}")

    def say(self, event: str, who: str, *segments: str) -> None:
        """Send a message; where it is not taken, it changes nothing."""
        before = self.index.state()
        self.said += 1
        answer = self.speaker.say(adt(event, f"m{self.said}", *segments, who=who))
        if code(answer) != "AA":
            assert self.index.state() == before

    @rule(
        who=WHO,
        number=NUMBERS,
        old=st.sampled_from(("", "1", "2")),
        told=WRITTEN,
        matricule=NATIONAL,
    )
    def tell_by_fhir(
        self, *, who: str, number: str, old: str, told: tuple[str, str, str], matricule: str
    ) -> None:
        """ITI-104: add, revise; with `old`, resolve a duplicate."""
        domain, (family, given, born) = local_domain(who), told
        numbers = [{"system": domain, "value": number}]
        if matricule:
            numbers.append({"system": MATRICULE, "value": matricule})
        resource: dict[str, Any] = {
            "resourceType": "Patient",
            "identifier": numbers,
            "name": [{"use": "official", "family": family, "given": [given]}],
            "birthDate": f"{born[:4]}-{born[4:6]}-{born[6:]}",
        }
        if old:
            link = {
                "other": {"identifier": {"system": domain, "value": old}},
                "type": "replaced-by",
            }
            resource |= {"active": False, "link": [link]}
        self.call(exchange.tell, who, number, resource)

    @rule(who=WHO, number=NUMBERS)
    def remove_by_fhir(self, who: str, number: str) -> None:
        """ITI-104: remove."""
        self.call(exchange.remove, who, number)

    def call(self, operation: Callable[..., object], who: str, number: str, *more: object) -> None:
        """Call as an organisation's system; a refusal changes nothing."""
        before = self.index.state()
        asked = Number(system=local_domain(who), value=number)
        try:
            operation(feeding(self.index.world, who), asked, *more)
        except Refusal:
            assert self.index.state() == before

    @rule(who=WHO)
    def merge_inside_and_undo(self, who: str) -> None:
        try:
            one, two = self.index.record(who, "1"), self.index.record(who, "2")
        except AssertionError:
            return
        before = self.index.state()
        if self.may(moves.merge_records, kept=one, retired=two):
            assert self.may(moves.unmerge_records, self.index.record(who, "2"))
            assert self.index.state() == before

    @rule(who=WHO, number=NUMBERS)
    def deactivate_or_back(self, who: str, number: str) -> None:
        domain = local_domain(who)
        if not self.may(feed.deactivate, domain, number):
            self.may(feed.reactivate, domain, number)

    @precondition(lambda self: bool(self.index.rows("pair")))
    @rule(data=st.data(), decide=st.sampled_from(("decide_different", "withdraw", "decide_same")))
    def decide(self, data: st.DataObject, decide: str) -> None:
        pair = data.draw(st.sampled_from(self.index.rows("pair")))
        self.may(getattr(worklist, decide), pair["low"], pair["high"])

    @invariant()
    def every_number_is_one_persons_and_of_who_claims_it(self) -> None:
        held: dict[tuple[str, str], str] = {}
        with self.index.reading() as tx:
            for row in self.index.rows("person"):
                person = self.index.person(row["mpi"])
                records = records_of(tx, person.mpi)
                active = [r for r in records if r.standing is Standing.ACTIVE]
                claimed = {one for each in active for one in claims_of(each)}
                for each in person.traits.identifiers:
                    assert held.setdefault((each.system, each.value), person.mpi) == person.mpi
                assert set(person.traits.identifiers) | set(person.contested) == claimed
                assert survivor(records, person.traits.identifiers) == person.traits
                assert bool(active) == (person.standing is Standing.ACTIVE)
                assert bool(records) != (person.standing is Standing.MERGED)
                assert (person.replaced_by is None) == (person.standing is not Standing.MERGED)

    @invariant()
    def whoever_is_merged_away_leads_to_somebody_who_stands_or_was_put_aside(self) -> None:
        by = {row["mpi"]: row["replaced_by"] for row in self.index.rows("person")}
        for mpi in by:
            seen, at = {mpi}, mpi
            while by[at] is not None:
                at = by[at]
                assert at not in seen
                seen.add(at)


_EVERYWHERE = list(HealthCheck)  # the machine at work may be slow
TestFewSteps: Any = Machine.TestCase
TestFewSteps.settings = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=_EVERYWHERE,
)


@pytest.mark.slow
def test_many_steps_in_many_orders_keep_every_promise() -> None:
    many = settings(
        max_examples=150,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=_EVERYWHERE,
    )
    run_state_machine_as_test(Machine, settings=many)
