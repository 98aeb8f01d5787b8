"""Every named defect against its expected verdicts: is it caught, and is nothing else blamed?"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from reference_server.kernel.owner import unwind_with_owner
from scenarios import Catalogue, load_catalogue
from scenarios.model import Actor, Programme, Scenario
from test_suites.core.verdict import Verdict
from test_suites.engine.plan import MESSAGES
from test_suites.engine.run import Options
from test_suites.proof.campaign import verdicts_of
from test_suites.proof.defects import SUPPLIER, VENDORS_FOLDER, Defect
from test_suites.proof.suppliers.trial import verdicts_at
from test_suites.subjects.model import ProcessOperator, Subject
from test_suites.subjects.reader import parse_subject

BLAME: Final = frozenset({Verdict.FAIL, Verdict.WARN})
PROCESSES: Final = 2
ENDED: Final = 143
"""Exit code of a process that SIGTERM ended, as shells tell it."""
NO_DEFECT: Final = "none"
CONTROLS: Final = frozenset({"so-honest-server", "so-id-token-unsigned", "st-expired"})
"""What every defect of the security programme is tried on, whichever its family."""


SUPPLIER_CONTROLS: Final = frozenset({"id-service-search", "idp-match"})
"""What every defect of a supplier is tried on, at whichever door it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the lab found of one defect. `falsely_blamed`: FAIL or WARN beyond the expected ones.

    `errors` are requirements that ended ERROR: the lab's own fault, never the product's.
    """

    vendor: str
    defect: str
    expected: Mapping[str, Verdict] = field(default_factory=dict)
    got: Mapping[str, Verdict] = field(default_factory=dict)
    falsely_blamed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def caught(self) -> bool:
        """Every expected requirement has exactly the verdict it must get."""
        return all(self.got.get(one) is verdict for one, verdict in self.expected.items())

    @property
    def good(self) -> bool:
        """Caught, nobody blamed falsely, and no fault of the lab's own."""
        return self.caught and not self.falsely_blamed and not self.errors

    def as_json(self) -> dict[str, object]:
        """Return the outcome as one JSON object."""
        return {
            "vendor": self.vendor,
            "defect": self.defect,
            "expected": {one: verdict.value for one, verdict in self.expected.items()},
            "got": {one: verdict.value for one, verdict in self.got.items()},
            "caught": self.caught,
            "falsely_blamed": list(self.falsely_blamed),
            "errors": list(self.errors),
        }


def good_product(vendor: str, programme: Programme = Programme.INTEROPERABILITY) -> Defect:
    """Return the defect that is none: the good product, which must not be blamed for anything."""
    return Defect.model_validate(
        {
            "name": NO_DEFECT,
            "vendor": vendor,
            "programme": programme,
            "description": {"fr": "", "en": "", "de": ""},
            "expected": {},
        }
    )


def try_all(defects: Sequence[Defect], *, processes: int = PROCESSES) -> Iterator[Outcome]:
    """Yield the outcome of each defect, in the order given; several run at once."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=unwind_with_owner) as pool:
        yield from pool.map(_try_unless_ended, defects)


def scenarios_for(defect: Defect, catalogue: Catalogue) -> frozenset[str] | None:
    """Return the scenarios a defect is tried on; None: all of its programme.

    Attacks are many, and each has a family, the first letters of its id (`so-`: sign-in, `st-`:
    TLS, `sk-`: tokens shown to a server). A defect is tried on the families that know of it, and
    on one honest run and one attack of each other family, which must not blame it. A supplier
    speaks HL7 v2 and FHIR at two doors: its defect is tried at its own, and once at the other.
    """
    if defect.name == NO_DEFECT:
        return None
    expected = set(defect.expected)
    known = catalogue.of(defect.programme).scenarios
    if defect.vendor == SUPPLIER:
        return _of_one_language(known, expected)
    if defect.programme is not Programme.SECURITY:
        return None
    families = {family(one.id) for one in known if expected & one.cited()}
    chosen = {one.id for one in known if family(one.id) in families}
    return frozenset(chosen | CONTROLS)


def _of_one_language(known: Iterable[Scenario], expected: set[str]) -> frozenset[str]:
    """Return the scenarios about servers that speak as those do which know of a defect."""
    servers = [one for one in known if Actor.SERVICE in one.subjects]
    spoken = {MESSAGES in one.needs for one in servers if expected & one.cited()}
    chosen = {one.id for one in servers if (MESSAGES in one.needs) in spoken}
    return frozenset(chosen | SUPPLIER_CONTROLS)


def family(scenario: str) -> str:
    """Return the family of a scenario's id: what stands before its first hyphen."""
    return scenario.partition("-")[0]


def _try_unless_ended(defect: Defect) -> Outcome:
    """Try one in a worker; a pool's worker would survive the interruption and wait for ever."""
    try:
        return try_one(defect)
    except KeyboardInterrupt:
        os._exit(ENDED)


def try_one(defect: Defect) -> Outcome:
    """Run the campaign on a product with one defect and compare."""
    verdicts = _verdicts(defect, Options(seed=1))
    blamed = {one for one, verdict in verdicts.items() if verdict in BLAME}
    shown = blamed | set(defect.expected)
    return Outcome(
        vendor=defect.vendor,
        defect=defect.name,
        expected=defect.expected,
        got={one: verdicts[one] for one in sorted(shown) if one in verdicts},
        falsely_blamed=tuple(sorted(blamed - set(defect.expected))),
        errors=tuple(sorted(one for one, v in verdicts.items() if v is Verdict.ERROR)),
    )


def _verdicts(defect: Defect, options: Options) -> Mapping[str, Verdict]:
    scenarios = scenarios_for(defect, load_catalogue())
    if defect.vendor == SUPPLIER:
        name = None if defect.name == NO_DEFECT else defect.name
        return verdicts_at(name, options=options, scenarios=scenarios)
    return verdicts_of(
        subject_with(defect), options=options, programme=defect.programme, scenarios=scenarios
    )


def subject_with(defect: Defect) -> Subject:
    """Return the vendor's own subject, its program started with the defect."""
    file = VENDORS_FOLDER / f"{defect.vendor}.toml"
    today = datetime.now(UTC).date()
    subject = parse_subject(file.read_text(encoding="utf-8"), file=file.name, today=today)
    if defect.name == NO_DEFECT or not isinstance(subject.operator, ProcessOperator):
        return subject
    command = (*subject.operator.command, "--defect", defect.name)
    operator = subject.operator.model_copy(update={"command": command})
    return subject.model_copy(update={"operator": operator})
