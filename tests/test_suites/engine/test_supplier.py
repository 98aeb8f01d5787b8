"""A server of HL7 v2 is tried through its address alone: the reference as it is, and spoilt."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reference_server.hl7v2.er7 import Message, read, segment, write
from reference_server.hl7v2.frames import framed
from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.proof.campaign import ignore, worst_verdicts
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import parse_subject

CATALOGUE = load_catalogue()
FAMILY = "ids-"
TRIED = frozenset(
    one.id for one in CATALOGUE.of(Programme.IDENTITY).scenarios if one.id.startswith(FAMILY)
)
BY_FHIR = frozenset(
    one.id for one in CATALOGUE.of(Programme.IDENTITY).scenarios if one.id.startswith("idp-")
)
Bend = Callable[[Message, bytes], bytes]


@dataclass(slots=True)
class Switch:
    """Which way the server's answers are spoilt just now."""

    bend: Bend | None = None
    first: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, message: bytes, answer: bytes) -> bytes:
        if self.bend is None or b"^Q22" not in message:
            return framed(answer)
        return framed(self.bend(read(message), answer))


SWITCH = Switch()


def lines_of(answer: bytes) -> list[str]:
    return [each.text for each in read(answer).segments]


def repeats_first_page(message: Message, answer: bytes) -> bytes:
    """Give the first page again, whatever comes after it."""
    qpd, dsc = message.first("QPD"), message.first("DSC")
    tag = "" if qpd is None else qpd.value(2)
    if dsc is None or not dsc.value(1):
        SWITCH.first[tag] = answer
        return answer
    kept = lines_of(SWITCH.first.get(tag, answer))
    return write([*lines_of(answer)[:2], *kept[2:]], "UNICODE UTF-8")


def leaks_domains(message: Message, answer: bytes) -> bytes:
    """Tell the national number, too, where another domain was asked for."""
    qpd, changed = message.first("QPD"), list[str]()
    if qpd is None or not qpd.field(8):
        return answer
    for line in lines_of(answer):
        parts = line.split("|")
        if parts[0] == "PID":
            parts[3] += "~1984031790315^^^&1.3.182.4.4&ISO"
        changed.append("|".join(parts))
    return write(changed, "UNICODE UTF-8")


def takes_nonsense_for_absence(_message: Message, answer: bytes) -> bytes:
    """Answer what cannot be understood as if nobody had been found."""
    lines = [line for line in lines_of(answer) if not line.startswith("ERR")]
    told = [line.replace("MSA|AE|", "MSA|AA|").replace("|AE|", "|NF|") for line in lines]
    return write(told, "UNICODE UTF-8")


def drops_pointer(_message: Message, answer: bytes) -> bytes:
    """Never say that there are more."""
    told = [line for line in lines_of(answer) if not line.startswith("DSC")]
    return write(told, "UNICODE UTF-8")


def keeps_old_traits(_message: Message, answer: bytes) -> bytes:
    """Show who was corrected under the old name."""
    return answer.replace(b"|Neuname^", b"|Altname^")


def finds_somebody_else(_message: Message, answer: bytes) -> bytes:
    """Add another person to whoever was asked for by number."""
    if b"Nummerer" not in answer:
        return answer
    other = segment("PID", "2", "", "C-5^^^&1.3.182.3.1.1.90200116.2&ISO", "", "Nummerer^Mia")
    return write([*lines_of(answer), other], "UNICODE UTF-8")


DEFECTS: Mapping[str, tuple[Bend, frozenset[str]]] = {
    "repeats the first page": (repeats_first_page, frozenset({"IDX-SRV-022"})),
    "leaks other domains": (leaks_domains, frozenset({"IDX-SRV-023"})),
    "takes nonsense for absence": (
        takes_nonsense_for_absence,
        frozenset({"IDX-SRV-024", "IDX-SRV-027"}),
    ),
    "drops the pointer": (drops_pointer, frozenset({"IDX-SRV-021", "IDX-SRV-022"})),
    "keeps old traits": (keeps_old_traits, frozenset({"IDX-SRV-026"})),
    "finds somebody else": (finds_somebody_else, frozenset({"IDX-SRV-025"})),
}


@pytest.fixture(scope="module")
def supplier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_server(tmp_path_factory.mktemp("own"), bend=SWITCH) as file:
        yield file


def read_file(text: str) -> Subject:
    return parse_subject(text, file="subject.toml", today=datetime.now(UTC).date())


def tried(file: Path, out: Path, scenarios: frozenset[str] = TRIED) -> Mapping[str, Verdict]:
    subject = read_file(file.read_text("utf-8"))
    plan = make_plan(subject, CATALOGUE, programme=Programme.IDENTITY, scenarios=scenarios)
    assert {case.scenario for case in plan.cases} == scenarios
    run_campaign(subject, plan, out, ignore, subject_file=file, options=Options(seed=1))
    return worst_verdicts(subject, plan, evaluate(out, CATALOGUE), CATALOGUE)


def blamed(verdicts: Mapping[str, Verdict]) -> set[str]:
    assert Verdict.ERROR not in verdicts.values()
    return {one for one, verdict in verdicts.items() if verdict in {Verdict.FAIL, Verdict.WARN}}


def test_the_reference_holds_as_a_supplier_at_an_address(supplier: Path, tmp_path: Path) -> None:
    SWITCH.bend = None
    verdicts = tried(supplier, tmp_path / "run")
    wanted = {f"IDX-SRV-{number:03}" for number in range(21, 28)}
    assert blamed(verdicts) == set()
    assert {one for one in wanted if verdicts[one] is Verdict.PASS} == wanted


@pytest.mark.parametrize("name", DEFECTS)
def test_a_spoilt_supplier_is_blamed_for_what_it_does_and_nothing_else(
    name: str, supplier: Path, tmp_path: Path
) -> None:
    bend, expected = DEFECTS[name]
    SWITCH.bend = bend
    try:
        assert blamed(tried(supplier, tmp_path / "run")) == expected
    finally:
        SWITCH.bend = None


def test_without_a_port_for_messages_a_server_is_not_tried_by_them(supplier: Path) -> None:
    today = datetime.now(UTC).date()
    lines = supplier.read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("messages"))
    subject = parse_subject(text, file="subject.toml", today=today)
    plan = make_plan(subject, CATALOGUE, programme=Programme.IDENTITY, scenarios=TRIED)
    left = {one.scenario for one in plan.exclusions if one.reason == "environment"}
    assert left >= TRIED
    assert not plan.cases


def test_the_reference_holds_as_a_supplier_by_fhir(supplier: Path, tmp_path: Path) -> None:
    SWITCH.bend = None
    verdicts = tried(supplier, tmp_path / "run", BY_FHIR)
    wanted = {one for one in verdicts if one.startswith("IDX-SFH-")}
    assert len(wanted) >= 29
    assert {one for one in wanted if verdicts[one] is Verdict.PASS} == wanted
    assert blamed(verdicts) == set()


def test_what_a_supplier_by_fhir_does_not_claim_is_left_out(supplier: Path) -> None:
    text = supplier.read_text("utf-8").replace(', "pixm"', "")
    plan = make_plan(read_file(text), CATALOGUE, programme=Programme.IDENTITY, scenarios=BY_FHIR)
    left = {one.scenario for one in plan.exclusions if one.reason == "capability-not-claimed"}
    assert left == {"idp-cross", "idp-cross-refused", "idp-merge"}
    assert {case.scenario for case in plan.cases} == BY_FHIR - left


def test_a_supplier_of_identities_that_names_no_client_is_asked_by_nobody(supplier: Path) -> None:
    text = supplier.read_text("utf-8")
    nobody = read_file(text[: text.index("[[server.clients]]")])
    plan = make_plan(nobody, CATALOGUE, programme=Programme.IDENTITY, scenarios=BY_FHIR)
    assert {case.scenario for case in plan.cases} == BY_FHIR
    assert {one.reason for one in make_plan(nobody, CATALOGUE).exclusions} >= {"credential-missing"}
