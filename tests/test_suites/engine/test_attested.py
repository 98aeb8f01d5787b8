"""What a product's driver cannot do: a person attests it, or nobody can tell."""

from pathlib import Path

import pytest

from scenarios import Catalogue, load_catalogue
from test_suites.capture.chain import verify
from test_suites.core.finding import Finding
from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.verdict import Fact, Mode, Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import Record, read
from test_suites.engine.plan import Plan, make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.subjects.model import DriverOperator, Product, Role, Subject
from test_suites.subjects.operator import OperatorError, PersonLeftError
from tests.test_suites.engine.person import TEXTS, Person, product, without

GOOD = {Verdict.PASS, Verdict.NOT_APPLICABLE}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def run(  # noqa: PLR0917  a run has that many parts
    role: str,
    driver: str,
    out: Path,
    catalogue: Catalogue,
    person: Person | None,
    *scenarios: str,
) -> tuple[Record, tuple[Finding, ...]]:
    subject = Subject(
        product=Product(vendor="V", name="N", version="1"),
        roles=(Role.model_validate({"actor": role, "capabilities": CLAIMED[role]}),),
        operator=DriverOperator(kind="driver", url=driver),
    )
    whole = make_plan(subject, catalogue)
    cases = tuple(case for case in whole.cases if not scenarios or case.scenario in scenarios)
    plan = Plan(catalogue_digest=whole.catalogue_digest, cases=cases)
    options = Options(console=None if person is None else person.console(), seed=1)
    run_campaign(subject, plan, out, lambda _: None, catalogue=catalogue, options=options)
    assert verify(out) == ()
    return read(out), evaluate(out, catalogue)


CLAIMED = {"prescriber": ["cancel"], "laboratory": []}
LACKING = [
    ("prescriber", "prescribe", "ep-dispense-once", "prescribe"),
    ("prescriber", "cancel", "ep-cancelled", "cancel"),
    ("laboratory", "dispense", "ep-tampered-code", "dispense-tampered"),
]


@pytest.mark.parametrize("named", [True, False], ids=["501", "not in its acts"])
@pytest.mark.parametrize(("role", "act", "scenario", "step"), LACKING)
def test_a_person_does_what_the_driver_cannot_and_the_facts_are_attested(  # noqa: PLR0917  cases
    role: str, act: str, scenario: str, step: str, tmp_path: Path, catalogue: Catalogue, *,
    named: bool,
) -> None:  # fmt: skip
    with product(role) as screen, without(act, screen, named=named) as driver:
        person = Person(screen=screen, folder=tmp_path)
        record, findings = run(role, driver, tmp_path / "out", catalogue, person, scenario)
    assert person.acts == [act]
    transcript = record.transcript(f"{scenario}::{role}")
    assert transcript.step_state(step) is StepState.DONE
    assert any(e.step == step and e.initiator == role for e in transcript.exchanges)
    attested = {e.record for e in transcript.exhibits if e.step == step and e.producer == role
                and e.kind is not ExhibitKind.LOG}  # fmt: skip
    assert attested
    modes = {e.mode for e in transcript.exhibits if e.record in attested}
    assert modes == {Mode.ATTESTED}
    assert {f.verdict for f in findings} <= GOOD
    resting = [f for f in findings if f.evidence and f.evidence.record in attested]
    assert {f.mode for f in resting} <= {Mode.ATTESTED}
    assert resting or act == "cancel"
    others = {f.mode for f in findings if f.evidence and f.step != step}
    assert others <= {Mode.AUTOMATIC}


def test_without_anybody_there_the_step_stays_unsupported_and_is_nobodys_fault(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    with product("prescriber") as screen, without("cancel", screen, named=True) as driver:
        record, findings = run(
            "prescriber", driver, tmp_path / "out", catalogue, None,
            "ep-cancelled", "ep-cancel-refused", "ep-dispense-once",
        )  # fmt: skip
    assert {f.verdict for f in findings} <= {*GOOD, Verdict.INCONCLUSIVE}
    transcript = record.transcript("ep-cancelled::prescriber")
    assert transcript.step_state("cancel") is StepState.UNSUPPORTED
    (told,) = {
        f.message_id: f
        for f in findings
        if f.case == transcript.case and f.step == "cancel" and f.about == "prescriber"
    }.values()
    assert (told.fact, told.verdict) == (Fact.UNOBSERVED, Verdict.INCONCLUSIVE)
    for language in ("fr", "en", "de"):
        sentence = TEXTS.render(told.message_id, told.params, language)
        assert "cancel" in sentence
        assert "not_supported" in sentence


def test_a_person_who_says_that_the_product_cannot_is_believed(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    class Honest(Person):
        """Answers that it cannot be done."""

        async def _ask(self, question: str) -> str:
            return "3" if question.startswith("How did") else ""

    with product("prescriber") as screen, without("cancel", screen, named=False) as driver:
        person = Honest(screen=screen, folder=tmp_path)
        _, findings = run("prescriber", driver, tmp_path / "out", catalogue, person, "ep-cancelled")
    told = [f for f in findings if f.step == "cancel" and f.about == "prescriber"]
    assert {f.message_id for f in told} == {"check.unobserved.unsupported-by-hand"}
    assert {(f.verdict, f.mode) for f in told} == {(Verdict.INCONCLUSIVE, Mode.ATTESTED)}


def test_a_person_who_leaves_ends_the_run_without_a_result(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    class Gone(Person):
        """Is not there any more."""

        async def _ask(self, question: str) -> str:
            raise PersonLeftError(question)

    with product("prescriber") as screen, without("cancel", screen, named=True) as driver:
        person, out = Gone(screen=screen, folder=tmp_path), tmp_path / "out"
        with pytest.raises(ExceptionGroup) as raised:
            run("prescriber", driver, out, catalogue, person, "ep-cancelled")
    assert raised.group_contains(PersonLeftError)
    assert read(out).footer is None


def test_a_product_worked_by_hand_without_anybody_there_writes_nothing(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    subject = Subject.model_validate(
        {
            "product": {"vendor": "V", "name": "N", "version": "1"},
            "roles": [{"actor": "prescriber"}],
            "operator": {"kind": "console"},
        }
    )
    out = tmp_path / "out"
    with pytest.raises(OperatorError, match="nobody-at-the-console"):
        run_campaign(subject, make_plan(subject, catalogue), out, lambda _: None)
    assert not out.exists()
